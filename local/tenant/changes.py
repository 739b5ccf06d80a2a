"""Changes to the simulated tenant, as JSON hands them over."""

import msgspec
from msgspec import Struct

from local.tenant.calls import Context
from local.tenant.scenarios import RestoreState, Target


class Change(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One change: of a device (by index or Intune id), an addition, or of the tenant.

    `set` and `add` hold properties under Graph's names, besides those: `inEntra`, `trustType`,
    `profileType`, `autopilotProfile` and `autopilotEvents`. `approve` lets a waiting request pass.
    """

    device: int | str | None = None
    set: dict[str, object] = {}
    absent: list[str] = []
    delete: bool = False
    add: dict[str, object] | None = None
    restore_state: RestoreState | None = msgspec.field(default=None, name="restoreState")
    policy: str | None = None
    targets: tuple[Target, ...] = ()
    approve: str | None = None


def apply(graph: Context, change: Change) -> int | None:
    """Apply a change and return the index of its device. Raises KeyError for what is not there."""
    tenant = graph.tenant
    if change.restore_state is not None:
        tenant.set_restore_state(change.restore_state)
    if change.policy is not None:
        tenant.assign(change.policy, change.targets)
    if change.approve is not None:
        if change.approve not in (graph.approvals or {}):
            raise KeyError(f"no request waits with code {change.approve}")
        graph.approved.add(change.approve)
    if change.add is not None:
        return tenant.add(change.add).index
    if change.device is None:
        return None
    index = _index(graph, change.device)
    if change.delete:
        tenant.delete(index)
    else:
        tenant.change(index, change.set, change.absent)
    return index


def _index(graph: Context, device: int | str) -> int:
    if isinstance(device, int):
        return device
    found = graph.tenant.find(device)
    if found is None:
        raise KeyError(f"device {device} does not exist")
    return found.index
