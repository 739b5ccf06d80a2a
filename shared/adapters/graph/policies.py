"""Reads the settings-catalog policies that decide on backup, restore, and what stops them."""

from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import UNSET, Struct

from shared.adapters.graph import outcomes
from shared.adapters.graph.assignments import read_targets
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.lists import read_lists
from shared.adapters.graph.paths import CONFIGURATION_POLICIES, segment
from shared.adapters.graph.waits import Meter
from shared.domain.tenant import Outcome, Policy
from shared.errors import GraphError

NAME = "configuration_policies"
BACKUP = "EnableWindowsBackup"
FIRST_SIGN_IN = "EnableWindowsRestore"
COMPANIONS = (
    "EnableActivityFeed",
    "PublishUserActivities",
    "UploadUserActivities",
    "EnableCDP",
    "AllowConnectedDevices",
)
"""Policies that stop backup when disabled (facts/windows-backup.md, section 3, 2026-11-22)."""

SETTINGS = {name.lower(): name for name in (BACKUP, FIRST_SIGN_IN, *COMPANIONS)}
PLATFORM = "windows10"
ABSENT = 404

Value = Literal["enabled", "disabled", "unrecognised"]
VALUES: dict[str, Value] = {
    "1": "enabled",
    "true": "enabled",
    "0": "disabled",
    "false": "disabled",
}


class _Policy(Struct):
    id: str
    name: str | None = None
    platforms: str | None = None


class Policies(Struct, frozen=True):
    """The policies by what they set."""

    backup: tuple[Policy, ...]
    first_sign_in: tuple[Policy, ...]
    companions: tuple[Policy, ...]


async def read_policies(client: GraphClient, meter: Meter) -> tuple[Policies | None, Outcome]:
    """Read the Windows policies that set one of SETTINGS, with their assignments.

    None, with a partial outcome, when the settings of any policy could not be read: it may be the
    one that decides. Assignments that could not be read are UNSET targets. The same settings may
    come by custom OMA-URI or Group Policy, which is not seen here. Raises GraphError.
    """
    listed = await client.get_list(
        f"{CONFIGURATION_POLICIES}?$select=id,name,platforms", _Policy, meter
    )
    windows = [p for p in listed if PLATFORM in (p.platforms or PLATFORM).split(",")]
    paths = [f"{CONFIGURATION_POLICIES}/{segment(p.id)}/settings" for p in windows]
    settings = await read_lists(client, paths, dict[str, object], meter)

    errors = [s for s in settings if isinstance(s, GraphError) and s.status != ABSENT]
    if errors:
        return None, outcomes.after(NAME, len(windows) - len(errors), errors)
    found = [
        Policy(policy.id, policy.name or "", setting, value)
        for policy, instances in zip(windows, settings, strict=True)
        if not isinstance(instances, GraphError)
        for setting, value in _chosen(instances)
    ]
    policies, errors = await _assigned(client, found, meter)
    return Policies(
        backup=tuple(p for p in policies if p.setting == BACKUP),
        first_sign_in=tuple(p for p in policies if p.setting == FIRST_SIGN_IN),
        companions=tuple(p for p in policies if p.setting in COMPANIONS),
    ), outcomes.after(NAME, len(windows), errors)


async def _assigned(
    client: GraphClient, policies: Sequence[Policy], meter: Meter
) -> tuple[list[Policy], list[GraphError]]:
    ids = list(dict.fromkeys(p.id for p in policies))
    read = await read_targets(client, CONFIGURATION_POLICIES, ids, meter)
    targets = {
        id_: UNSET if isinstance(found, GraphError) else found
        for id_, found in zip(ids, read, strict=True)
    }
    return (
        [Policy(p.id, p.name, p.setting, p.value, targets[p.id]) for p in policies],
        [found for found in read if isinstance(found, GraphError)],
    )


def _chosen(node: object) -> Iterator[tuple[str, Value]]:
    if isinstance(node, list):
        for child in node:
            yield from _chosen(child)
    elif isinstance(node, dict):
        definition = str(node.get("settingDefinitionId") or "")
        setting = SETTINGS.get(definition.rpartition("_")[2].lower())
        if setting is not None:
            yield setting, _value(node)
        for child in node.values():
            yield from _chosen(child)


def _value(instance: dict[str, object]) -> Value:
    choice = instance.get("choiceSettingValue")
    chosen = choice.get("value") if isinstance(choice, dict) else None
    return VALUES.get(str(chosen).rpartition("_")[2].lower(), "unrecognised")
