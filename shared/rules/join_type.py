"""Each capability accepts certain ways of being joined."""

from collections.abc import Iterator

from shared.domain.editions.sources import INTUNE_PAGE, WINDOWS_PAGE
from shared.domain.fixes import CHECK_IN, JOIN_ENTRA
from shared.domain.join import WORDS, Join, joins_of
from shared.domain.rule import CAPABILITIES, Capability, Case, Finding, Reason, Rule, find, shown

ACCEPTED: dict[Capability, tuple[Join, ...]] = {
    "backup": ("joined", "hybrid"),
    "restore": ("joined",),
    "first_sign_in_restore": ("joined", "hybrid"),
}

UNSUPPORTED = Reason(
    code="join_type_unsupported",
    kind="blocker",
    affects="verdict",
    says="The device is {observed}; needed is {required}.",
    fix=JOIN_ENTRA,
)
UNKNOWN = Reason(
    code="unknown_join_type",
    kind="unknown",
    affects="verdict",
    says="How the device is joined is not known ({observed}); needed is {required}.",
    fix=CHECK_IN,
)


def _check(case: Case) -> Iterator[Finding]:
    accepted = ACCEPTED[case.capability]
    required = " or ".join(WORDS[join] for join in accepted)
    joins = joins_of(case.facts)
    if not joins:
        join_type, trust_type = case.facts.join_type, case.facts.trust_type
        observed = f"joinType: {shown(join_type)}, trustType: {shown(trust_type)}"
        yield find(UNKNOWN, observed, required)
    elif not any(join in accepted for join in joins):
        yield find(UNSUPPORTED, WORDS[joins[0]], required)
    elif not all(join in accepted for join in joins):
        intune, entra = joins
        yield find(UNKNOWN, f"Intune: {WORDS[intune]}, Entra: {WORDS[entra]}", required)


RULE = Rule(
    id="join_type",
    order=70,
    title="The device is joined in a supported way",
    rationale="Backup and restore at first sign-in take Entra joined and hybrid joined devices; "
    "restore at enrolment takes Entra joined ones only. Intune's joinType decides, Entra's "
    "trustType where Intune does not say; the flag azureADRegistered says nothing of either.",
    remediation="Wipe the device and join it to Microsoft Entra ID directly, during setup.",
    capabilities=CAPABILITIES,
    reasons=(UNSUPPORTED, UNKNOWN),
    reads=("join_type", "trust_type"),
    sources=(INTUNE_PAGE, WINDOWS_PAGE),
    check=_check,
)
