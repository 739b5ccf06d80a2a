"""Changes to the simulated tenant, as JSON hands them over."""

import msgspec
from msgspec import Struct

from local.tenant.audit import ADMINISTRATOR, Actor
from local.tenant.calls import Context
from local.tenant.enrollment import set_quality_updates, set_restore_state
from local.tenant.policies import assign
from local.tenant.scenarios import RestoreState, Target


class Change(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One change: of a device (by index or Intune id), an addition, or of the tenant.

    `set` and `add` hold properties under Graph's names, besides those: `inEntra`, `trustType`,
    `profileType`, `autopilotProfile` and `autopilotEvents`; setting nothing is a sync. `delete`
    is from Intune and Entra, `retire` from Intune alone. `reenrol` gives the device of this index
    or id another Intune id: its old enrolment goes unless the new one is `beside` it, and it keeps
    its Entra object unless it has `rejoined`. `by` is who changes the tenant, as its audit log has
    it. `approve` lets a waiting request pass.
    """

    device: int | str | None = None
    set: dict[str, object] = {}
    absent: list[str] = []
    delete: bool = False
    retire: bool = False
    add: dict[str, object] | None = None
    reenrol: int | str | None = None
    beside: bool = False
    rejoined: bool = False
    restore_state: RestoreState | None = msgspec.field(default=None, name="restoreState")
    policy: str | None = None
    targets: tuple[Target, ...] = ()
    status_page: str | None = msgspec.field(default=None, name="statusPage")
    quality_updates: bool = msgspec.field(default=False, name="qualityUpdates")
    by: Actor = ADMINISTRATOR
    approve: str | None = None


def apply(graph: Context, change: Change) -> int | None:
    """Apply a change and return the index of its device. Raises KeyError for what is not there."""
    _change_tenant(graph, change)
    tenant = graph.tenant
    if change.add is not None:
        return tenant.add(change.add).index
    if change.reenrol is not None:
        index = _index(graph, change.reenrol)
        return tenant.enroll_again(index, beside=change.beside, rejoined=change.rejoined).index
    if change.device is None:
        return None
    index = _index(graph, change.device)
    if change.delete:
        tenant.delete(index)
    elif change.retire:
        tenant.retire(index)
    else:
        tenant.change(index, change.set, change.absent)
    return index


def _change_tenant(graph: Context, change: Change) -> None:
    if change.restore_state is not None:
        set_restore_state(graph, change.restore_state, change.by)
    if change.policy is not None:
        assign(graph, change.policy, change.targets, change.by)
    if change.status_page is not None:
        set_quality_updates(graph, change.status_page, change.quality_updates, change.by)
    if change.approve is not None:
        if change.approve not in (graph.approvals or {}):
            raise KeyError(f"no request waits with code {change.approve}")
        graph.approved.add(change.approve)


def _index(graph: Context, device: int | str) -> int:
    if isinstance(device, int):
        return device
    found = graph.tenant.find(device)
    if found is None:
        raise KeyError(f"device {device} does not exist")
    return found.index
