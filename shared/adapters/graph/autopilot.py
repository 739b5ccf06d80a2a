"""Reads the Autopilot deployment profiles, their devices, and the newest Autopilot events."""

from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec import UNSET, Struct, UnsetType, field

from shared.adapters.graph import outcomes
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.guids import is_real_guid
from shared.adapters.graph.lists import read_lists
from shared.adapters.graph.paths import AUTOPILOT_EVENTS, AUTOPILOT_PROFILES, segment
from shared.adapters.graph.times import read_time
from shared.adapters.graph.waits import Meter
from shared.domain import tenant_sets
from shared.domain.facts import Flag, Text
from shared.domain.guid_set import GuidSet
from shared.domain.tenant import Outcome, Profile
from shared.errors import GraphError

PROFILES = "autopilot_profiles"
PROFILE_DEVICES = "autopilot_profile_devices"
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


class _Setting(Struct):
    device_usage_type: Text = field(default=UNSET, name="deviceUsageType")


class _Profile(Struct):
    id: str
    type: str = field(default="", name="@odata.type")
    name: str | None = field(default=None, name="displayName")
    setting: _Setting | UnsetType | None = field(default=UNSET, name="outOfBoxExperienceSetting")
    old_setting: _Setting | UnsetType | None = field(
        default=UNSET, name="outOfBoxExperienceSettings"
    )
    preprovisioning: Flag = field(default=UNSET, name="preprovisioningAllowed")
    white_glove: Flag = field(default=UNSET, name="enableWhiteGlove")


class _Identity(Struct):
    managed: object = field(default=None, name="managedDeviceId")
    entra: object = field(default=None, name="azureActiveDirectoryDeviceId")
    old_entra: object = field(default=None, name="azureAdDeviceId")


class _Event(Struct):
    device: str | None = field(default=None, name="deviceId")
    at: str | None = field(default=None, name="eventDateTime")
    enrollment_type: str | None = field(default=None, name="enrollmentType")


async def read_profiles(client: GraphClient, meter: Meter) -> tuple[tuple[Profile, ...], Outcome]:
    """Read all deployment profiles, under their old property names, too. Raises GraphError."""
    profiles = tuple(
        Profile(
            id=p.id,
            name=p.name or "",
            type=p.type.rpartition(".")[2],
            device_usage_type=(p.setting or p.old_setting or _Setting()).device_usage_type,
            preprovisioning_allowed=(
                p.white_glove if p.preprovisioning is UNSET else p.preprovisioning
            ),
        )
        for p in await client.get_list(AUTOPILOT_PROFILES, _Profile, meter)
    )
    return profiles, outcomes.complete(PROFILES, len(profiles))


async def read_profile_devices(
    client: GraphClient, profiles: tuple[Profile, ...], meter: Meter
) -> tuple[Mapping[str, GuidSet], Outcome]:
    """Read which devices have a self-deploying or hybrid profile; others change no answer.

    A set that could not be read is not there, and the outcome is partial. Raises GraphError.
    """
    ids = [p.id for p in profiles if tenant_sets.may_block(p)]
    paths = [f"{AUTOPILOT_PROFILES}/{segment(id_)}/assignedDevices" for id_ in ids]
    lists = await read_lists(client, paths, _Identity, meter)
    sets = {
        tenant_sets.profile_devices(id_): _guids(found)
        for id_, found in zip(ids, lists, strict=True)
        if not isinstance(found, GraphError)
    }
    errors = [found for found in lists if isinstance(found, GraphError)]
    return sets, outcomes.after(PROFILE_DEVICES, len(sets), errors)


async def read_events(client: GraphClient, meter: Meter) -> tuple[Mapping[str, GuidSet], Outcome]:
    """Read the newest event of each device; keep those that bear on restore, as sets by type.

    Events age out after weeks, so that a device in none of the sets proves nothing. Raises
    GraphError.
    """
    events = await client.get_list(AUTOPILOT_EVENTS, _Event, meter)
    newest: dict[str, str] = {}
    for event in sorted(events, key=_time):
        if event.device:
            newest[event.device] = event.enrollment_type or ""
    devices: dict[str, list[str]] = {}
    for device, enrollment_type in newest.items():
        if tenant_sets.is_blocking(enrollment_type) and is_real_guid(device):
            devices.setdefault(enrollment_type, []).append(device)
    sets = {tenant_sets.event_devices(kind): GuidSet(ids) for kind, ids in devices.items()}
    return sets, outcomes.complete(tenant_sets.AUTOPILOT_EVENTS, len(events))


def _guids(identities: list[_Identity]) -> GuidSet:
    return GuidSet(
        guid for i in identities for guid in (i.managed, i.entra, i.old_entra) if is_real_guid(guid)
    )


def _time(event: _Event) -> datetime:
    return read_time(event.at) or LONG_AGO
