"""Some editions of Windows are excluded, by SKU."""

from collections.abc import Iterator

from shared.domain.editions.sources import GRAPH, INTUNE_PAGE
from shared.domain.fixes import CHECK_IN
from shared.domain.rule import CAPABILITIES, Case, Finding, Reason, Rule, find, shown

UNSUPPORTED = Reason(
    code="sku_unsupported",
    kind="blocker",
    affects="verdict",
    says="The Windows edition is {observed}, which is excluded; needed is {required}.",
)
UNKNOWN = Reason(
    code="unknown_sku",
    kind="unknown",
    affects="verdict",
    says="The Windows edition is not known ({observed}).",
    fix=CHECK_IN,
)
REQUIRED = "an edition such as Pro, Enterprise or Education"


def _check(case: Case) -> Iterator[Finding]:
    number, family = case.facts.sku_number, case.facts.sku_family
    blocked = case.edition.skus.blocked
    if isinstance(number, int) and number:
        excluded = next((sku for sku in blocked if sku.number == number), None)
    elif isinstance(family, str) and family:
        excluded = next((sku for sku in blocked if sku.family.lower() == family.lower()), None)
    else:
        observed = f"skuNumber: {shown(number)}, skuFamily: {shown(family)}"
        yield find(UNKNOWN, observed, REQUIRED)
        return
    if excluded:
        yield find(UNSUPPORTED, f"{excluded.family} (SKU {excluded.number})", REQUIRED)


RULE = Rule(
    id="edition",
    order=30,
    title="The edition of Windows is not excluded",
    rationale="Surface Hub, IoT Core, HoloLens and Cloud edition devices are excluded by their SKU "
    "number; the exact SKU family decides only where the number is 0 or absent. Similar names are "
    "fine: IoT Enterprise is not IoT Core, and a Cloud PC is not Cloud edition. That a restore "
    "policy was delivered proves nothing, for excluded editions may accept it too.",
    remediation="Leave the device out, or replace it by one with Pro, Enterprise or Education.",
    capabilities=CAPABILITIES,
    reasons=(UNSUPPORTED, UNKNOWN),
    reads=("sku_number", "sku_family"),
    sources=(INTUNE_PAGE, GRAPH),
    check=_check,
)
