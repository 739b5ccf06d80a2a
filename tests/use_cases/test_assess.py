from collections.abc import Iterator

from msgspec import structs

from shared.domain.editions import DEFAULT_EDITION, EDITIONS
from shared.domain.rule import CAPABILITIES, Case, Finding
from shared.rules import all_rules
from shared.use_cases.assess import Assessor, assess
from tests.builders import NEW, TODAY, codes, device, judged, tenant

EDITION = EDITIONS[DEFAULT_EDITION]


class CountingRule:
    """A rule that keeps the facts it was asked about."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.rule = structs.replace(all_rules()[0], check=self.check)

    def check(self, case: Case) -> Iterator[Finding]:
        self.asked.append(case.facts)
        yield from ()

    @property
    def judged(self) -> int:
        return len(self.asked) // len(CAPABILITIES)


def test_equal_facts_are_judged_once() -> None:
    counting = CountingRule()
    assessor = Assessor(tenant(), EDITION, TODAY, rules=[counting.rule])
    first = assessor.assess(device())
    assert assessor.assess(device()) is first
    assert counting.judged == 1
    assessor.assess(device(os_version="10.0.26100.1"))
    assert counting.judged == 2


def test_no_more_assessments_are_remembered_than_the_bound_allows() -> None:
    counting = CountingRule()
    assessor = Assessor(tenant(), EDITION, TODAY, rules=[counting.rule], remembered=2)
    for ubr in (1, 2, 3, 1):
        assessor.assess(device(os_version=f"10.0.26100.{ubr}"))
    assert counting.judged == 4


def test_an_assessor_judges_by_all_rules_for_its_tenant_edition_and_day() -> None:
    facts, off = device(os_version="10.0.26100.4769"), tenant(restore_state="disabled")
    assessment = Assessor(off, EDITIONS[NEW], TODAY).assess(facts)
    assert codes(assessment.restore.blockers) == ["os_build_too_old", "tenant_restore_not_enabled"]
    assert assessment == judged(facts, off, NEW) == assess(facts, off, EDITIONS[NEW], TODAY)


def test_a_strict_assessor_blocks_what_is_out_of_servicing() -> None:
    facts = device(os_version="10.0.22631.7079")
    lenient = Assessor(tenant(), EDITION, TODAY).assess(facts)
    strict = Assessor(tenant(), EDITION, TODAY, strict_servicing=True).assess(facts)
    assert (lenient.backup.verdict, strict.backup.verdict) == ("eligible", "ineligible")
