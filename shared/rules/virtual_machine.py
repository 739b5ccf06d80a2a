"""Phishing-resistant sign-in cannot be done during setup of a Hyper-V machine."""

from collections.abc import Iterator

from shared.domain.editions.sources import INTUNE_PAGE
from shared.domain.rule import Case, Finding, Fix, Reason, Rule, find

ISSUE_PASS = Fix(
    id="temporary_access_pass",
    title="Issue a Temporary Access Pass",
    steps="In Microsoft Entra, issue a Temporary Access Pass to the user, who signs in with it "
    "during setup.",
)
CANNOT_SIGN_IN = Reason(
    code="hyperv_phishing_resistant_mfa",
    kind="warning",
    affects="verdict",
    says="The device is {observed}; during setup its user needs {required}.",
    fix=ISSUE_PASS,
)


def _check(case: Case) -> Iterator[Finding]:
    if case.facts.hyper_v_guest is True and case.tenant.phishing_resistant_mfa is True:
        yield find(
            CANNOT_SIGN_IN,
            "a Hyper-V virtual machine, and phishing-resistant MFA is enforced",
            "a Temporary Access Pass",
        )


RULE = Rule(
    id="virtual_machine",
    order=140,
    title="The user can sign in during setup",
    rationale="A Hyper-V machine has no way to present a passkey or a smart card during setup, so "
    "enforced phishing-resistant MFA stops its user there. A Surface has the same manufacturer, "
    "and is told by its model.",
    remediation="Issue a Temporary Access Pass for the time of setup.",
    capabilities=("restore",),
    reasons=(CANNOT_SIGN_IN,),
    reads=("hyper_v_guest", "phishing_resistant_mfa"),
    sources=(INTUNE_PAGE,),
    check=_check,
)
