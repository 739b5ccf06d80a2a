"""The feature is offered in the worldwide cloud and not in sovereign ones."""

from collections.abc import Iterator

from msgspec import UNSET

from shared.domain import clouds
from shared.domain.editions.sources import INTUNE_PAGE, WINDOWS_PAGE
from shared.domain.fixes import LET_READ
from shared.domain.rule import CAPABILITIES, Case, Finding, Reason, Rule, find

SUPPORTED = ("commercial", "gcc")
REQUIRED = "the worldwide cloud, GCC included"

UNSUPPORTED = Reason(
    code="cloud_unsupported",
    kind="blocker",
    affects="verdict",
    says="The tenant lives in {observed}, where the feature is not offered.",
)
UNKNOWN = Reason(
    code="unknown_cloud",
    kind="unknown",
    affects="verdict",
    says="The tenant's cloud could not be told (cloud: {observed}).",
    fix=LET_READ,
)


def _check(case: Case) -> Iterator[Finding]:
    cloud = case.tenant.cloud
    if cloud is not UNSET and cloud in clouds.UNSUPPORTED:
        yield find(UNSUPPORTED, clouds.UNSUPPORTED[cloud], REQUIRED)
    elif cloud not in SUPPORTED:
        yield find(UNKNOWN, cloud, REQUIRED)


RULE = Rule(
    id="cloud",
    order=20,
    title="The tenant lives in a cloud that offers the feature",
    rationale="GCC High, DoD and 21Vianet do not offer it. GCC (moderate) runs on the worldwide "
    "Intune instance, and does.",
    remediation="Nothing can be done on the device; wait until Microsoft offers it in that cloud.",
    capabilities=CAPABILITIES,
    reasons=(UNSUPPORTED, UNKNOWN),
    reads=("cloud",),
    sources=(INTUNE_PAGE, WINDOWS_PAGE),
    check=_check,
)
