"""Windows editions as Intune reports them: SKU number, SKU family, and what lists leave out."""

from typing import Literal

from msgspec import UNSET, Struct

from shared.domain.facts import Number, Text


class Sku(Struct, frozen=True):
    """One edition; `in_lists` says what a list shows instead of the number found by id."""

    number: Number
    family: Text
    in_lists: Literal["same", "zero", "null"] = "same"


_ENTERPRISE = Sku(4, "Enterprise")
_PRO = Sku(48, "Pro")
_EDUCATION = Sku(121, "Education")

UNUSUAL: tuple[Sku, ...] = (
    *(Sku(4, "Enterprise", "zero"), Sku(48, "Pro", "null")),
    *(Sku(72, "Enterprise"), Sku(161, "ProWorkstation"), Sku(101, "Core"), Sku(0, "Enterprise")),
)
OFFICE: tuple[Sku, ...] = (
    *(_ENTERPRISE,) * 60,
    *(_PRO,) * 24,
    *(_EDUCATION,) * 4,
    *(Sku(4, "Enterprise", "zero"),) * 3,
    *UNUSUAL,
)
PERSONAL: tuple[Sku, ...] = (Sku(101, "Core"), Sku(101, "Core", "zero"), _PRO, Sku(0, ""))
LONG_TERM: tuple[Sku, ...] = (Sku(125, "EnterpriseS"), Sku(125, "EnterpriseS", "zero"))
MULTI_SESSION: tuple[Sku, ...] = (Sku(175, "ServerRdsh"), Sku(175, "ServerRdsh", "zero"))
CLOUD_PC: tuple[Sku, ...] = (_ENTERPRISE, _ENTERPRISE, Sku(4, "Enterprise", "zero"))
HOLOLENS: tuple[Sku, ...] = (Sku(136, "Holographic"), Sku(0, "Holographic"))
HUB: tuple[Sku, ...] = (Sku(119, "PPIPro"), Sku(119, "PPIPro", "zero"))
IOT: tuple[Sku, ...] = (
    *(Sku(188, "IoTEnterprise"),) * 4,
    *(Sku(123, "IoTUAP"), Sku(131, "IoTUAPCommercial"), Sku(0, "IoTUAP")),
)
CLASSROOM: tuple[Sku, ...] = (Sku(203, "CloudEdition"), Sku(202, "CloudEditionN"), _EDUCATION)
UNTOLD: tuple[Sku, ...] = (Sku(0, ""), Sku(None, None), Sku(UNSET, UNSET), Sku(0, UNSET))
NOT_WINDOWS: tuple[Sku, ...] = (Sku(0, ""),)
