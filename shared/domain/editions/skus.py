"""SKU numbers: which Windows editions are excluded, and what the others are."""

from shared.domain.editions.sources import GRAPH, INTUNE_PAGE
from shared.domain.editions.tables import BlockedSku, SkuTable

SKUS = SkuTable(
    blocked=(
        BlockedSku(119, "PPIPro", INTUNE_PAGE),
        BlockedSku(123, "IoTUAP", INTUNE_PAGE),
        BlockedSku(131, "IoTUAPCommercial", INTUNE_PAGE),
        BlockedSku(136, "Holographic", INTUNE_PAGE),
        BlockedSku(202, "CloudEditionN", INTUNE_PAGE),
        BlockedSku(203, "CloudEdition", INTUNE_PAGE),
    ),
    server=(7, 8),
    multi_session=(175,),
    home_pro=(48, 49, 98, 99, 100, 101, 138, 161, 162, 164, 165),
    enterprise_education=(4, 27, 72, 84, 121, 122, 171, 172, 175, 188),
    ltsc=(125, 126, 129),
    source=GRAPH,
)
