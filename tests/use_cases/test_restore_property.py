"""However callers, messages, deaths and other hands meet: the setting is written as was agreed."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.restore_fakes import Reply
from tests.use_cases.restore_truth import ends_with_the_truth
from tests.use_cases.unruly_callers import CHOICES, REPLIES, Choices, UnrulyCallers


@given(CHOICES, st.lists(st.sampled_from(REPLIES), max_size=6), st.integers(0, 2))
@settings(max_examples=300, deadline=None)
def test_whatever_happens_the_setting_is_written_as_agreed_and_the_truth_is_told(
    choices: Choices, replies: list[Reply], approvals: int
) -> None:
    callers = UnrulyCallers(replies, approvals)
    for choice in choices:
        callers.act(*choice)
    callers.settle()

    ends_with_the_truth(callers.world)
