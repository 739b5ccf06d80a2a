"""The hardware of the fleet."""

from msgspec import UNSET, Struct

from shared.domain.facts import Text


class Make(Struct, frozen=True):
    """A maker, a model and how its serial numbers begin."""

    manufacturer: Text
    model: Text
    serial: str = ""
    chassis: str = "laptop"
    architecture: str = "x64"


OFFICE: tuple[Make, ...] = (
    Make("LENOVO", "21HMS0AA00", "PF"),
    Make("LENOVO", "20XXS3HC00", "PC"),
    Make("Dell Inc.", "Latitude 5450", "DL"),
    Make("Dell Inc.", "OptiPlex 7020", "DO", "desktop"),
    Make("HP", "HP EliteBook 840 14 inch G11", "5CG"),
    Make("HP", "HP ProDesk 400 G9", "8CG", "desktop"),
    Make("Microsoft Corporation", "Surface Laptop 7", "0F", "laptop", "arm64"),
    Make("Microsoft Corporation", "Surface Pro 11", "0E", "tablet", "arm64"),
)
HYPER_V: tuple[Make, ...] = (Make("Microsoft Corporation", "Virtual Machine", "VM-", "desktop"),)
CLOUD_PC: tuple[Make, ...] = (
    Make("Microsoft Corporation", "Cloud PC Enterprise 2vCPU/8GB/128GB", "CPC-", "desktop"),
    Make("Microsoft Corporation", "Cloud PC Enterprise 4vCPU/16GB/256GB", "CPC-", "desktop"),
)
OTHER_GUESTS: tuple[Make, ...] = (
    Make("VMware, Inc.", "VMware7,1", "VMware-", "desktop"),
    Make("innotek GmbH", "VirtualBox", "0-", "desktop"),
)
HUB: tuple[Make, ...] = (Make("Microsoft Corporation", "Surface Hub 3", "HUB", "desktop"),)
HOLOLENS: tuple[Make, ...] = (Make("Microsoft Corporation", "HoloLens 2", "HL", "unknown"),)
UNTOLD: tuple[Make, ...] = (
    Make("To be filled by O.E.M.", "System Product Name", "OEM"),
    Make("", "", "NN"),
    Make(None, None, "NN"),
    Make(UNSET, UNSET, "NN"),
)
NOT_WINDOWS: tuple[Make, ...] = (
    Make("Apple", "iPhone 16", "F", "phone", "arm64"),
    Make("Google", "Pixel 9", "G", "phone", "arm64"),
    Make("Apple", "MacBook Air", "C", "laptop", "arm64"),
)
