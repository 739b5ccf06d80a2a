import pytest

from shared.domain.assessment import Judgement
from shared.domain.rule import Finding
from tests.cases import OWN, SHARED, Expected, KnownCase, mismatches, read_cases, vocabulary


def named(case: KnownCase) -> str:
    return case.case.id


@pytest.mark.parametrize("case", read_cases(OWN), ids=named)
def test_each_of_our_own_cases_is_answered_as_expected(case: KnownCase) -> None:
    assert case.mismatches() == [], case.known.why


@pytest.mark.skipif(not SHARED.exists(), reason="the shared cases are not beside this repository")
@pytest.mark.parametrize("case", read_cases(SHARED), ids=named)
def test_each_of_the_shared_cases_is_answered_as_expected(case: KnownCase) -> None:
    wrong = case.mismatches()
    if wrong and case.known.ambiguous:
        pytest.xfail(f"the case allows another reading: {case.known.ambiguous}")
    assert wrong == [], case.known.why


def test_our_own_cases_bring_up_every_reason_there_is() -> None:
    expected = {
        code
        for case in read_cases(OWN)
        for answer in case.known.expected.values()
        for codes in (*answer.blockers_must, *answer.unknowns, *answer.warnings_must)
        for code in codes.split("|")
    }
    assert expected == vocabulary()


def test_the_comparison_sees_each_kind_of_mismatch() -> None:
    judgement = Judgement(
        "ineligible",
        "no",
        (Finding("extra", "blocker", "verdict"), Finding("loud", "warning", "verdict")),
    )
    expected = Expected(
        "eligible",
        "yes",
        blockers_must=["one|other"],
        unknowns=["unseen"],
        warnings_must=["due"],
        warnings_must_not=["loud"],
    )
    assert mismatches(judgement, expected) == [
        "verdict is ineligible, not eligible",
        "ready is no, not yes",
        "no blocker one|other",
        "blocker extra is one too many",
        "no unknown unseen",
        "no warning due",
        "warning loud is wrong",
    ]
