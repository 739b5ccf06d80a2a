from typing import Any

import pytest
from msgspec import UNSET

from shared.rules.virtual_machine import RULE
from tests.builders import device, found, tenant


def test_a_hyper_v_machine_under_phishing_resistant_mfa_brings_a_warning() -> None:
    mfa = tenant(phishing_resistant_mfa=True)
    (finding,) = found(RULE, device(hyper_v_guest=True), mfa)
    assert (finding.reason, finding.kind) == ("hyperv_phishing_resistant_mfa", "warning")


@pytest.mark.parametrize(
    ("guest", "mfa"), [(True, False), (False, True), (True, UNSET), (UNSET, True), (UNSET, UNSET)]
)
def test_it_takes_both_and_both_known(guest: Any, mfa: Any) -> None:
    facts, enforced = device(hyper_v_guest=guest), tenant(phishing_resistant_mfa=mfa)
    assert found(RULE, facts, enforced) == ()
