import pytest
from msgspec import UNSET

from shared.rules.first_sign_in_policy import RULE
from tests.builders import codes, device, found


def test_an_enabled_policy_passes() -> None:
    assert found(RULE, device(first_sign_in_policy="enabled")) == ()


@pytest.mark.parametrize("policy", ["disabled", "notConfigured"])
def test_without_an_enabled_policy_the_device_is_not_ready(policy: str) -> None:
    (finding,) = found(RULE, device(first_sign_in_policy=policy))
    assert (finding.reason, finding.affects) == ("first_sign_in_policy_not_enabled", "ready")


@pytest.mark.parametrize(
    ("policy", "observed"),
    [
        (UNSET, "not read"),
        ("depends_on_filter", "depends on an assignment filter, which only Intune can evaluate"),
        ("conflicting", "conflicting: two policies contradict each other"),
        ("paused", "paused"),
    ],
)
def test_a_policy_that_does_not_answer_is_unknown_and_says_why(policy: str, observed: str) -> None:
    (finding,) = found(RULE, device(first_sign_in_policy=policy))
    assert (finding.reason, finding.observed) == ("unknown_first_sign_in_policy", observed)


def test_the_tenants_restore_page_plays_no_part() -> None:
    assert RULE.capabilities == ("first_sign_in_restore",)
    assert codes(found(RULE)) == []
