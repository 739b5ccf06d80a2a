"""The value of the tenant's restore setting, and the only version it has."""

from hashlib import sha256
from typing import Literal, TypeAlias

from msgspec import Struct

from shared.domain.tenant import RestoreSetting

RestoreState: TypeAlias = Literal["enabled", "disabled", "notConfigured"]


class Value(Struct, frozen=True):
    """State and lastModifiedDateTime, as Graph writes it: there is no ETag, and no version.

    Source: facts/graph.md, Tenant restore setting, 2026-11-22.
    """

    state: RestoreState
    last_modified: str


def value_of(setting: RestoreSetting) -> Value:
    """Take the value out of the setting as it was read."""
    return Value(setting.state, setting.last_modified)


def etag_of(setting: RestoreSetting) -> str:
    """Name what was read of the setting, for If-Match; without quotes."""
    text = f"{setting.id}|{setting.state}|{setting.last_modified}"
    return sha256(text.encode()).hexdigest()[:16]
