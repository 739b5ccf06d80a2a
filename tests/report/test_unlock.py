"""Unlock analysis agrees with judging every device anew after the fixes were made."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.assessment import Judgement, Ready, Verdict
from shared.domain.rule import Finding, Fix, Kind, Question
from shared.report.unlock import FIXES_COMBINED, MOST_TOGETHER, Unlock, unlocks

HOPELESS = "nothing_helps"
FIXES: dict[str, Fix | None] = {
    "old_build": Fix("update", "Update", ""),
    "older_build": Fix("update", "Update", ""),
    "shared": Fix("user", "User", ""),
    "joined": Fix("join", "Join", ""),
    "policy": Fix("policy", "Policy", ""),
    "tenant": Fix("tenant", "Tenant", ""),
    HOPELESS: None,
}


def judgement(*findings: Finding) -> Judgement:
    return Judgement(verdict_of(findings), ready_of(findings), findings)


def verdict_of(findings: tuple[Finding, ...]) -> Verdict:
    kinds = {f.kind for f in findings if f.affects == "verdict"}
    return "ineligible" if "blocker" in kinds else "unknown" if "unknown" in kinds else "eligible"


def ready_of(findings: tuple[Finding, ...]) -> Ready:
    kinds = {f.kind for f in findings}
    return "no" if "blocker" in kinds else "unknown" if "unknown" in kinds else "yes"


def blocker(reason: str, affects: Question = "verdict") -> Finding:
    return Finding(reason, "blocker", affects)


def unknown(affects: Question) -> Finding:
    return Finding("not_read", "unknown", affects)


def after(judged: Judgement, done: frozenset[str]) -> Judgement:
    """Judge a device anew once the fixes are done: what they remove is not found any more."""

    def removed(finding: Finding) -> bool:
        fix = FIXES[finding.reason] if finding.kind == "blocker" else None
        return fix is not None and fix.id in done

    return judgement(*(f for f in judged.findings if not removed(f)))


def by_hand(fleet: list[tuple[Judgement, int]], chosen: tuple[str, ...]) -> Unlock:
    eligible = ready = unblocked = 0
    for judged, devices in fleet:
        then = after(judged, frozenset(chosen))
        eligible += devices * (judged.verdict != "eligible" and then.verdict == "eligible")
        ready += devices * (judged.ready != "yes" and then.ready == "yes")
        unblocked += devices * bool(judged.blockers and not then.blockers)
    return Unlock(chosen, eligible, ready, unblocked)


kinds: st.SearchStrategy[Kind] = st.sampled_from(("blocker", "unknown", "warning"))
questions: st.SearchStrategy[Question] = st.sampled_from(("verdict", "ready"))
findings = st.builds(Finding, st.sampled_from(sorted(FIXES)), kinds, questions)
judgements = st.lists(findings, max_size=4).map(lambda found: judgement(*found))
fleets = st.lists(st.tuples(judgements, st.integers(1, 50)), max_size=8)


@settings(max_examples=150, deadline=None)
@given(fleets)
def test_every_figure_is_what_counting_device_by_device_gives(
    fleet: list[tuple[Judgement, int]],
) -> None:
    for unlock in unlocks(fleet, FIXES, most=1000):
        assert unlock == by_hand(fleet, unlock.fixes)


@settings(max_examples=150, deadline=None)
@given(fleets)
def test_nothing_that_unlocks_more_than_its_parts_is_left_out(
    fleet: list[tuple[Judgement, int]],
) -> None:
    told = {unlock.fixes for unlock in unlocks(fleet, FIXES, most=1000)}
    ids = sorted({fix.id for fix in FIXES.values() if fix})
    for size in range(1, MOST_TOGETHER + 1):
        for chosen in combinations(ids, size):
            assert (chosen in told) == any(
                _gained_only_by_all(judged, chosen) for judged, _ in fleet
            ), chosen


def _gained_only_by_all(judged: Judgement, chosen: tuple[str, ...]) -> bool:
    """Tell whether one device gains an answer by these fixes that no fewer of them give it."""

    def gains(done: tuple[str, ...]) -> tuple[bool, bool, bool]:
        figures = by_hand([(judged, 1)], done)
        return (figures.eligible > 0, figures.ready > 0, figures.unblocked > 0)

    fewer = [gains(part) for part in combinations(chosen, len(chosen) - 1)]
    return any(
        gained and not any(part[figure] for part in fewer)
        for figure, gained in enumerate(gains(chosen))
    )


@settings(max_examples=50, deadline=None)
@given(fleets)
def test_the_order_of_the_fleet_changes_nothing(fleet: list[tuple[Judgement, int]]) -> None:
    assert unlocks(fleet, FIXES) == unlocks(list(reversed(fleet)), FIXES)


def test_reasons_that_one_act_removes_are_one_fix() -> None:
    fleet = [(judgement(blocker("old_build"), blocker("older_build")), 3)]

    assert unlocks(fleet, FIXES) == (Unlock(("update",), 3, 3, 3),)


def test_a_blocker_that_nothing_removes_is_never_unlocked() -> None:
    fleet = [(judgement(blocker("old_build"), blocker(HOPELESS)), 3)]

    assert unlocks(fleet, FIXES) == ()


def test_what_remains_unknown_is_unblocked_and_not_ready() -> None:
    fleet = [(judgement(blocker("tenant", "ready"), unknown("ready")), 4)]

    assert unlocks(fleet, FIXES) == (Unlock(("tenant",), eligible=0, ready=0, unblocked=4),)


def test_two_fixes_that_only_together_make_devices_eligible_are_told() -> None:
    blocked_in_the_tenant = judgement(
        blocker("shared"), blocker("joined"), blocker("policy", "ready"), blocker(HOPELESS, "ready")
    )

    assert unlocks([(blocked_in_the_tenant, 2)], FIXES) == (Unlock(("join", "user"), 2, 0, 0),)


def test_single_fixes_come_first_and_the_most_useful_before_others() -> None:
    fleet = [
        (judgement(blocker("shared")), 1),
        (judgement(blocker("joined")), 2),
        (judgement(blocker("shared"), blocker("joined")), 4),
    ]

    assert [u.fixes for u in unlocks(fleet, FIXES)] == [("join",), ("user",), ("join", "user")]


def test_triples_never_crowd_out_pairs() -> None:
    one, two, three, four = ("joined", "old_build", "policy", "shared")
    fleet = [
        (judgement(blocker(one), blocker(two)), 1),
        *((judgement(blocker(one), blocker(b), blocker(c)), 90) for b, c in ((two, three),)),
        (judgement(blocker(two), blocker(three), blocker(four)), 90),
    ]

    assert [u.fixes for u in unlocks(fleet, FIXES, most=1)] == [
        ("join", "update"),
        ("join", "policy", "update"),
    ]


def test_only_the_fixes_of_the_most_devices_are_combined() -> None:
    many: dict[str, Fix | None] = {f"r{n:02}": Fix(f"f{n:02}", "", "") for n in range(16)}
    fleet = [
        (judgement(blocker(f"r{n:02}"), blocker(f"r{n + 1:02}")), 100 - n) for n in range(0, 16, 2)
    ]

    told = unlocks(fleet, many, most=100)

    assert len({fix for unlock in told for fix in unlock.fixes}) == FIXES_COMBINED
