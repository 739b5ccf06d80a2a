"""Reads whom policies and enrolment status pages are assigned to."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct, field

from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.lists import read_lists
from shared.adapters.graph.paths import segment
from shared.adapters.graph.waits import Meter
from shared.domain.tenant import Target
from shared.errors import GraphError

Kind = Literal["all_devices", "all_users", "group", "excluded_group", "unrecognised"]

KINDS: dict[str, Kind] = {
    "alldevicesassignmenttarget": "all_devices",
    "alllicensedusersassignmenttarget": "all_users",
    "groupassignmenttarget": "group",
    "exclusiongroupassignmenttarget": "excluded_group",
}
NO_FILTER = (None, "", "00000000-0000-0000-0000-000000000000")


class _Target(Struct):
    type: str = field(default="", name="@odata.type")
    group: str | None = field(default=None, name="groupId")
    filter: str | None = field(default=None, name="deviceAndAppManagementAssignmentFilterId")
    filter_type: str | None = field(default=None, name="deviceAndAppManagementAssignmentFilterType")


class _Assignment(Struct):
    target: _Target


async def read_targets(
    client: GraphClient, collection: str, ids: Sequence[str], meter: Meter
) -> list[tuple[Target, ...] | GraphError]:
    """Read the assignments of each id of a collection, or why they could not be read.

    They come in an order of their own, so that two readings of the same are equal.
    Raises GraphThrottledError.
    """
    paths = [f"{collection}/{segment(id_)}/assignments" for id_ in ids]
    lists = await read_lists(client, paths, _Assignment, meter)
    return [
        found if isinstance(found, GraphError) else tuple(sorted(map(_target, found), key=_order))
        for found in lists
    ]


def _target(assignment: _Assignment) -> Target:
    target = assignment.target
    kind = KINDS.get(target.type.rpartition(".")[2].lower(), "unrecognised")
    if kind in ("group", "excluded_group") and not target.group:
        kind = "unrecognised"
    filtered = target.filter not in NO_FILTER and target.filter_type != "none"
    return Target(kind, target.group, filtered)


def _order(target: Target) -> tuple[str, str, bool]:
    return target.kind, target.group or "", target.filtered
