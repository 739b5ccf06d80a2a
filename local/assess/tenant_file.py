"""What the operator says of the tenant in FACTS.json, for devices that do not say it themselves."""

import json
from typing import Any, NamedTuple, TypeVar

from msgspec import UNSET, Struct
from msgspec.structs import asdict, replace

from local.assess.content import encoding_of
from shared.domain.facts import Facts, TenantFacts
from shared.errors import InputError

F = TypeVar("F", Facts, TenantFacts)


class Given(Struct, frozen=True):
    """Facts given by hand: of the tenant, and of what reaches every device of the file alike.

    What nobody gave stays UNSET, and is judged as unknown.
    """

    tenant: TenantFacts = TenantFacts()
    reaching: Facts = Facts()


def completed(said: F, given: F) -> F:
    """Add the given facts that a device or its line left open; what it says itself wins."""
    fill = {
        name: value
        for name, value in asdict(given).items()
        if value is not UNSET and getattr(said, name) is UNSET
    }
    return replace(said, **fill) if fill else said


class _Key(NamedTuple):
    fact: str
    allowed: tuple[object, ...]


_POLICY = ("enabled", "disabled", "notConfigured")
_SWITCH = (True, False)

OF_THE_TENANT = {
    "cloud": _Key("cloud", ("commercial", "gcc", "gcchigh", "dod", "china")),
    "restoreState": _Key("restore_state", _POLICY),
    "phishingResistantMfaEnforced": _Key("phishing_resistant_mfa", _SWITCH),
    "region": _Key("region", ("DMA", "non-DMA")),
}
REACHING = {
    "espInstallQualityUpdates": _Key("esp_quality_updates", _SWITCH),
    "backupPolicy": _Key("backup_policy", _POLICY),
    "firstSignInRestorePolicy": _Key("first_sign_in_policy", _POLICY),
    "hasBackupProfile": _Key("has_backup_profile", _SWITCH),
}
KEYS = OF_THE_TENANT | REACHING
"""The keys of FACTS.json, spelled as in the cases' tenant object; null is the same as absent."""


def read_tenant_file(content: bytes) -> Given:
    """Read FACTS.json. Raises InputError naming every key and value that cannot be used."""
    try:
        said = json.loads(content.decode(encoding_of(content)))
    except (ValueError, RecursionError) as error:
        raise InputError(f"the tenant facts are no JSON: {error}") from error
    if not isinstance(said, dict):
        raise InputError('the tenant facts must be a JSON object, such as {"cloud": "commercial"}')
    wrong = [what for key, value in said.items() if (what := _wrong(key, value))]
    if wrong:
        raise InputError("the tenant facts cannot be used: " + "; ".join(wrong))
    return Given(
        TenantFacts(**_facts(said, OF_THE_TENANT)),
        Facts(**_facts(said, REACHING)),
    )


def _wrong(key: str, value: object) -> str | None:
    if key not in KEYS:
        return f"{key!r} is no tenant fact (known are {', '.join(KEYS)})"
    # Compared as JSON, because 1 equals True in Python.
    allowed = [json.dumps(choice) for choice in KEYS[key].allowed]
    if value is None or json.dumps(value) in allowed:
        return None
    return f"{key!r} is {json.dumps(value)}, and must be one of {', '.join(allowed)}"


def _facts(said: dict[str, Any], keys: dict[str, _Key]) -> dict[str, Any]:
    return {key.fact: said[name] for name, key in keys.items() if said.get(name) is not None}
