import pytest
from msgspec import UNSET

from shared.rules.tenant_restore_setting import RULE
from tests.builders import codes, found, tenant


def test_enabled_passes() -> None:
    assert found(RULE, tenant_facts=tenant(restore_state="enabled")) == ()


@pytest.mark.parametrize("state", ["notConfigured", "disabled"])
def test_not_configured_is_off_like_disabled(state: str) -> None:
    (finding,) = found(RULE, tenant_facts=tenant(restore_state=state))
    assert (finding.reason, finding.affects) == ("tenant_restore_not_enabled", "ready")


@pytest.mark.parametrize("state", [UNSET, "unknownFutureValue"])
def test_a_state_not_read_or_not_known_here_is_unknown(state: str) -> None:
    found_ = found(RULE, tenant_facts=tenant(restore_state=state))
    assert codes(found_) == ["unknown_tenant_restore_state"]


def test_only_restore_at_enrolment_asks_for_it() -> None:
    assert RULE.capabilities == ("restore",)
