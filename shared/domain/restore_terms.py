"""On which terms the restore setting is changed; from the settings."""

from datetime import timedelta

from msgspec import Struct

from shared.domain.gates import GateTerms
from shared.domain.principal import APPROVE


class RestoreTerms(Struct, frozen=True):
    """How many others must consent, who may, how long a plan holds, and which gates are asked.

    `approvals` is 0, 1 or 2. Any one of `approver_roles` lets somebody approve.
    """

    approvals: int = 1
    approver_roles: tuple[str, ...] = (APPROVE,)
    plan_holds: timedelta = timedelta(hours=24)
    gates: GateTerms = GateTerms()
