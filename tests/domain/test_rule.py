import pytest
from msgspec import UNSET

from shared.domain.rule import Reason, find, shown

REASON = Reason(code="it_is_so", kind="blocker", affects="ready", says="It is {observed}.")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        *((UNSET, "not read"), (None, "no value"), ("", "empty"), (0, "0"), ("mdm", "mdm")),
        *((True, "yes"), (False, "no")),
    ],
)
def test_values_are_shown_in_words_that_tell_nothing_from_not_read(
    value: object, words: str
) -> None:
    assert shown(value) == words


def test_a_finding_takes_its_kind_and_effect_from_the_reason() -> None:
    finding = find(REASON, None, "something else")
    assert (finding.reason, finding.kind, finding.affects) == ("it_is_so", "blocker", "ready")
    assert (finding.observed, finding.required) == ("no value", "something else")


def test_what_a_finding_does_not_say_stays_none() -> None:
    finding = find(REASON)
    assert (finding.observed, finding.required) == (None, None)
