"""A tenant that lives: changes happen to it one after another, the same from the same seed."""

import asyncio
from collections.abc import Collection
from typing import get_args

from msgspec import Struct

from local.tenant.calls import Context
from local.tenant.chance import Dice
from local.tenant.changes import Change, apply
from local.tenant.happenings import HAPPENINGS, Happening, Kind
from local.tenant.tenant import SimulatedTenant

TENANT_KINDS: frozenset[Kind] = frozenset({"restore_setting", "status_page", "policy"})
"""What happens to the settings of the tenant, and so to all of its devices at once."""

KINDS: frozenset[Kind] = frozenset(get_args(Kind))
DEVICE_KINDS: frozenset[Kind] = KINDS - TENANT_KINDS
"""What happens to one device, each time so that Entra's delta or a sync with Intune shows it."""


class Step(Struct, frozen=True):
    """One change that happened, with the index of its device; `number` counts from 0."""

    number: int
    kind: Kind
    change: Change
    device: int | None


class Life:
    """Lets changes happen to a tenant.

    `number` is how many there were. Which one is next depends on the tenant's seed, on that
    number, on the `kinds` that may happen and on the tenant as it stands; never on the time.
    """

    def __init__(self, graph: Context, kinds: Collection[Kind] = KINDS) -> None:
        self._graph = graph
        self._kinds = kinds
        self.number = 0

    def steps(self, count: int = 1) -> list[Step]:
        """Let so many changes happen now. Raises LookupError where none of the kinds can."""
        return [self._step() for _ in range(count)]

    async def at_rate(self, per_minute: float) -> None:
        """Let changes happen at a rate until cancelled."""
        while True:
            await asyncio.sleep(60 / per_minute)
            self._step()

    def _step(self) -> Step:
        number = self.number
        kind, change = draw(self._graph.tenant, number, self._kinds)
        self.number += 1
        return Step(number, kind, change, apply(self._graph, change))


def draw(
    tenant: SimulatedTenant, number: int, kinds: Collection[Kind] = KINDS
) -> tuple[Kind, Change]:
    """Draw the change of a number, without applying it.

    A kind that nothing is found for leaves its turn to the others. Raises LookupError when there
    is nothing for any.
    """
    dice = Dice(tenant.seed, "life", number)
    left = {kind: HAPPENINGS[kind] for kind in HAPPENINGS if kind in kinds}
    while left:
        kind = _weighted(dice, left)
        _, happening = left.pop(kind)
        change = happening(tenant, dice)
        if change is not None:
            return kind, change
    raise LookupError(f"nothing in the tenant is fit for any of: {', '.join(sorted(kinds))}")


def _weighted(dice: Dice, kinds: dict[Kind, tuple[int, Happening]]) -> Kind:
    thrown = dice.below(sum(weight for weight, _ in kinds.values()))
    for kind, (weight, _) in kinds.items():
        thrown -= weight
        if thrown < 0:
            return kind
    raise AssertionError("a throw stays below the sum of the weights")
