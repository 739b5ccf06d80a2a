"""Judge devices by all rules, once per distinct facts."""

from collections.abc import Callable, Iterable
from datetime import date

from shared.domain.assessment import Assessment, judge
from shared.domain.editions import Edition
from shared.domain.facts import Facts, TenantFacts
from shared.domain.rule import Rule
from shared.rules import all_rules

REMEMBERED = 50_000
"""Distinct facts kept; fleets hold several hundred, and the bound keeps memory flat if not."""


class Assessor:
    """Assessments for one tenant, edition and day; equal facts are judged once.

    `assess` is the look-up of a dictionary itself, so that calling it costs no more than that.
    """

    def __init__(
        self,
        tenant: TenantFacts,
        edition: Edition,
        as_of: date,
        *,
        strict_servicing: bool = False,
        rules: Iterable[Rule] | None = None,
        remembered: int = REMEMBERED,
    ) -> None:
        asked = tuple(all_rules() if rules is None else rules)

        def fresh(facts: Facts) -> Assessment:
            return judge(asked, facts, tenant, edition, as_of, strict_servicing=strict_servicing)

        self.assess: Callable[[Facts], Assessment] = _Remembered(fresh, remembered).__getitem__


class _Remembered(dict[Facts, Assessment]):
    """A dictionary that judges what it does not hold, and starts afresh when it is full."""

    def __init__(self, fresh: Callable[[Facts], Assessment], most: int) -> None:
        self._fresh = fresh
        self._most = most

    def __missing__(self, facts: Facts) -> Assessment:
        if len(self) >= self._most:
            self.clear()
        self[facts] = self._fresh(facts)
        return self[facts]


def assess(facts: Facts, tenant: TenantFacts, edition: Edition, as_of: date) -> Assessment:
    """Judge one device; for many devices of one tenant keep an Assessor."""
    return judge(all_rules(), facts, tenant, edition, as_of)
