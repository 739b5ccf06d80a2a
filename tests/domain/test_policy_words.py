from msgspec import UNSET

from shared.domain.policy_words import in_words


def test_a_policy_state_is_said_in_words() -> None:
    assert in_words("notConfigured") == "not configured"
    assert in_words("depends_on_filter").startswith("depends on an assignment filter")
    assert in_words("conflicting").startswith("conflicting")


def test_a_state_that_was_not_read_and_one_not_known_here_are_told_apart() -> None:
    assert in_words(UNSET) == "not read"
    assert in_words("paused") == "paused"  # type: ignore[arg-type]
