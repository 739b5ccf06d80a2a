import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.notify.outcomes import DEFAULT_WAIT, MOST_WAIT, failure
from shared.errors import (
    DeliveryError,
    DeliveryRefusedError,
    DeliveryThrottledError,
    DeliveryUnavailableError,
    DeliveryUnknownError,
)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, DeliveryRefusedError),
        (400, DeliveryRefusedError),
        (404, DeliveryRefusedError),
        (408, DeliveryUnavailableError),
        (429, DeliveryThrottledError),
        (500, DeliveryUnavailableError),
        (502, DeliveryUnknownError),
        (503, DeliveryUnavailableError),
        (504, DeliveryUnknownError),
    ],
)
def test_each_status_says_whether_to_try_again(status: int, kind: type[DeliveryError]) -> None:
    error = failure("it answered", status, None, {})
    assert type(error) is kind
    assert error.status == status


@pytest.mark.parametrize(
    ("status", "asked", "wait"),
    [(429, None, DEFAULT_WAIT), (429, 2.5, 2.5), (503, 7.0, 7.0), (429, 1e12, MOST_WAIT)],
)
def test_the_wait_is_as_long_as_was_asked_for_within_reason(
    status: int, asked: float | None, wait: float
) -> None:
    error = failure("it answered", status, asked, {})
    assert isinstance(error, DeliveryThrottledError)
    assert error.retry_after == wait


def test_a_remedy_is_told_where_there_is_one() -> None:
    assert str(failure("it answered 404", 404, None, {404: "turn it on"})) == (
        "it answered 404: turn it on"
    )


@given(
    st.integers(100, 999).filter(lambda status: not 200 <= status < 300),
    st.none() | st.floats(0, 1e9),
)
def test_whatever_the_answer_the_message_is_either_tried_again_or_refused(
    status: int, asked: float | None
) -> None:
    error = failure("it answered", status, asked, {})
    assert error.status == status
    if isinstance(error, DeliveryRefusedError):
        assert status < 500
    if isinstance(error, DeliveryThrottledError):
        assert 0 <= error.retry_after <= MOST_WAIT
