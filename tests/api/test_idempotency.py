"""An idempotency key stands for a caller and a question, and tells neither."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.api.exchange import Request
from shared.api.idempotency import key_of
from shared.api.requests import EmptyBody, PlanBody
from shared.errors import InputError
from tests.restore_builders import ANNA, BEN

BODY = PlanBody(state="enabled", reason="r")


def asking(key: str) -> Request:
    return Request(method="POST", path="/", headers={"idempotency-key": key})


def test_a_key_is_a_callers_own() -> None:
    assert key_of(asking("k"), ANNA, "plan", BODY) == key_of(asking("k"), ANNA, "plan", BODY)
    assert key_of(asking("k"), ANNA, "plan", BODY).key != key_of(asking("k"), BEN, "plan", BODY).key


def test_a_question_is_what_is_asked_for_and_the_body() -> None:
    plan = key_of(asking("k"), ANNA, "plan", BODY)
    assert plan.body != key_of(asking("k"), ANNA, "revert c1", BODY).body
    assert plan.body != key_of(asking("k"), ANNA, "plan", EmptyBody()).body


def test_neither_key_nor_body_can_be_read_off_their_hashes() -> None:
    made = key_of(asking("a-very-own-key"), ANNA, "plan", BODY)
    assert len(made.key) == len(made.body) == 64
    assert "a-very-own-key" not in made.key


@given(st.text(max_size=300))
def test_only_visible_ascii_is_a_key(text: str) -> None:
    will_do = 1 <= len(text) <= 255 and all("!" <= letter <= "~" for letter in text)
    if will_do:
        assert key_of(asking(text), ANNA, "plan", BODY).key
        return
    with pytest.raises(InputError, match="Idempotency-Key"):
        key_of(asking(text), ANNA, "plan", BODY)
