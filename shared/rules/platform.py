"""Windows Backup for Organizations exists on Windows clients only."""

from collections.abc import Iterator

from msgspec import UNSET

from shared.domain.editions.sources import GRAPH, INTUNE_PAGE
from shared.domain.fixes import CHECK_IN
from shared.domain.rule import CAPABILITIES, Case, Finding, Reason, Rule, find

NOT_WINDOWS = Reason(
    code="platform_not_windows",
    kind="blocker",
    affects="verdict",
    says="The device runs {observed}, and only {required} can back up and restore.",
)
UNKNOWN = Reason(
    code="unknown_platform",
    kind="unknown",
    affects="verdict",
    says="Intune does not say what the device runs (operatingSystem: {observed}).",
    fix=CHECK_IN,
)
CLIENT = "a Windows client"


def _check(case: Case) -> Iterator[Finding]:
    system, sku = case.facts.operating_system, case.facts.sku_number
    if sku in case.edition.skus.server:
        yield find(NOT_WINDOWS, f"Windows Server (SKU {sku})", CLIENT)
    elif system is UNSET:
        yield find(UNKNOWN, system, CLIENT)
    elif not system:
        yield find(NOT_WINDOWS, "an operating system that Intune does not name", CLIENT)
    elif system.lower() != "windows":
        yield find(NOT_WINDOWS, system, CLIENT)


RULE = Rule(
    id="platform",
    order=10,
    title="The device runs Windows",
    rationale="The feature is part of the Windows client. Windows Server shares build numbers with "
    "Windows 11, so servers are told by their operating system or SKU and never by build.",
    remediation="Leave other platforms and servers out; they have means of their own.",
    capabilities=CAPABILITIES,
    reasons=(NOT_WINDOWS, UNKNOWN),
    reads=("operating_system", "sku_number"),
    sources=(INTUNE_PAGE, GRAPH),
    check=_check,
    decisive=True,
)
