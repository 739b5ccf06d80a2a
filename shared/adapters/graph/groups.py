"""Reads the members of the groups that assignments name."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct, field

from shared.adapters.graph import outcomes
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.guids import is_real_guid
from shared.adapters.graph.paths import GROUPS, segment
from shared.adapters.graph.waits import Meter
from shared.domain.guid_set import GuidSet
from shared.domain.tenant import Outcome
from shared.domain.tenant_sets import group_devices, group_users
from shared.errors import GraphError, GraphForbiddenError, GraphThrottledError

NAME = "groups"
ABSENT = 404
ADVANCED = {"ConsistencyLevel": "eventual"}
"""Graph answers a list narrowed to one type of member only as an advanced query."""


class _Device(Struct):
    guid: str | None = field(default=None, name="deviceId")


class _User(Struct):
    guid: str | None = field(default=None, name="id")


Member: TypeAlias = type[_Device] | type[_User]


async def read_groups(
    client: GraphClient, of_devices: Sequence[str], of_users: Sequence[str], meter: Meter
) -> tuple[Mapping[str, GuidSet], Outcome]:
    """Read the devices of some groups and the users of some, through nested groups.

    A group that no longer exists has no members. A set that could not be read completely is not
    there, and the outcome is partial. Raises GraphThrottledError.
    """
    sets: dict[str, GuidSet] = {}
    errors: list[GraphError] = []

    async def read(name: str, path: str, member: Member) -> None:
        try:
            sets[name] = await _members(client, path, member, meter)
        except GraphThrottledError:
            raise
        except GraphError as error:
            if error.status == ABSENT:
                sets[name] = GuidSet()
            else:
                errors.append(error)

    for group in of_devices:
        await read(group_devices(group), _path(group, "device", "deviceId"), _Device)
    for group in of_users:
        await read(group_users(group), _path(group, "user", "id"), _User)
    return sets, outcomes.after(NAME, len(sets), errors)


def _path(group: str, kind: str, property_: str) -> str:
    members = f"{GROUPS}/{segment(group)}/transitiveMembers/microsoft.graph.{kind}"
    return f"{members}?$select={property_}&$count=true&$top=999"


async def _members(client: GraphClient, path: str, member: Member, meter: Meter) -> GuidSet:
    members = await client.get_list(path, member, meter, ADVANCED)
    guids = [m.guid for m in members]
    if not all(guids):
        raise GraphForbiddenError(
            f"GET {path.partition('?')[0]} returned members without their ids, as Graph does for"
            " what the app may not see; grant the app's identity Device.Read.All",
            permission="Device.Read.All",
        )
    return GuidSet(guid for guid in guids if is_real_guid(guid))
