from collections.abc import Iterator
from typing import Any

import pytest

from shared.domain.assessment import Assessment, judge
from shared.domain.editions import DEFAULT_EDITION, EDITIONS
from shared.domain.rule import CAPABILITIES, Case, Finding, Kind, Question, Rule
from tests.builders import TODAY, codes, device, tenant


def rule_finding(
    *findings: tuple[str, Kind, Question], decisive: bool = False, **differing: Any
) -> Rule:
    def check(_: Case) -> Iterator[Finding]:
        for finding in findings:
            yield Finding(*finding)

    values: dict[str, Any] = {
        "id": "made_up",
        "order": 1,
        "title": "",
        "rationale": "",
        "remediation": "",
        "capabilities": CAPABILITIES,
        "reasons": (),
        "reads": (),
        "sources": (),
        "check": check,
        "decisive": decisive,
    }
    return Rule(**(values | differing))


def judged_by(*rules: Rule, strict_servicing: bool = False) -> Assessment:
    edition = EDITIONS[DEFAULT_EDITION]
    return judge(rules, device(), tenant(), edition, TODAY, strict_servicing=strict_servicing)


@pytest.mark.parametrize(
    ("findings", "verdict", "ready"),
    [
        ([], "eligible", "yes"),
        ([("w", "warning", "verdict"), ("w", "warning", "ready")], "eligible", "yes"),
        ([("u", "unknown", "verdict")], "unknown", "unknown"),
        ([("u", "unknown", "ready")], "eligible", "unknown"),
        ([("b", "blocker", "verdict")], "ineligible", "no"),
        ([("b", "blocker", "ready")], "eligible", "no"),
        ([("u", "unknown", "verdict"), ("b", "blocker", "verdict")], "ineligible", "no"),
        ([("u", "unknown", "verdict"), ("b", "blocker", "ready")], "unknown", "no"),
        ([("u", "unknown", "ready"), ("b", "blocker", "verdict")], "ineligible", "no"),
    ],
)
def test_a_blocker_outweighs_an_unknown_and_both_outweigh_a_pass(
    findings: list[tuple[str, Kind, Question]], verdict: str, ready: str
) -> None:
    backup = judged_by(rule_finding(*findings)).backup
    assert (backup.verdict, backup.ready) == (verdict, ready)


def test_all_findings_are_listed_in_the_order_of_the_rules() -> None:
    first = rule_finding(("a", "blocker", "verdict"), ("b", "unknown", "ready"))
    second = rule_finding(("c", "blocker", "ready"), ("d", "warning", "ready"))
    backup = judged_by(first, second).backup
    assert codes(backup.findings) == ["a", "b", "c", "d"]
    assert codes(backup.blockers) == ["a", "c"]
    assert codes(backup.unknowns) == ["b"]
    assert codes(backup.warnings) == ["d"]


def test_a_decisive_rule_that_blocks_is_the_whole_answer() -> None:
    before = rule_finding(("before", "blocker", "verdict"))
    decisive = rule_finding(("decisive", "blocker", "verdict"), decisive=True)
    after = rule_finding(("after", "unknown", "verdict"))
    assert codes(judged_by(before, decisive, after).backup.findings) == ["decisive"]


def test_a_decisive_rule_that_does_not_block_is_one_among_others() -> None:
    unsure = rule_finding(("unsure", "unknown", "verdict"), decisive=True)
    after = rule_finding(("after", "blocker", "verdict"))
    assert codes(judged_by(unsure, after).backup.findings) == ["unsure", "after"]


def test_a_rule_is_asked_about_its_own_capabilities_only() -> None:
    rule = rule_finding(("b", "blocker", "verdict"), capabilities=("restore",))
    assessment = judged_by(rule)
    assert assessment.of("restore").verdict == "ineligible"
    assert assessment.of("backup").verdict == "eligible"
    assert assessment.of("first_sign_in_restore").verdict == "eligible"


def test_rules_are_told_the_capability_the_day_and_how_strict_to_be() -> None:
    cases: list[Case] = []

    def check(case: Case) -> Iterator[Finding]:
        cases.append(case)
        yield from ()

    judged_by(rule_finding(check=check), strict_servicing=True)
    assert [case.capability for case in cases] == list(CAPABILITIES)
    assert {case.as_of for case in cases} == {TODAY}
    assert all(case.strict_servicing for case in cases)
