"""What the use cases need of the outside world, named for the thing."""

from shared.ports.feed import Feed, Overlay
from shared.ports.graph import (
    Changes,
    DeltaPage,
    DevicePage,
    Devices,
    DevicesByEntraId,
    DevicesById,
    DirectoryPage,
    SyncedPage,
    Tenant,
)
from shared.ports.queue import GivenUp, Poison, PoisonCounts, Queue
from shared.ports.restore import (
    Answered,
    Audit,
    Fitness,
    Held,
    Records,
    Setting,
    Tokens,
    Written,
)
from shared.ports.sweeps import Merge, Snapshots, Sweeps
from shared.ports.telling import Composition, Deliveries, Notifier, SettingsFiles, Telling, Windows

__all__ = [
    "Answered",
    "Audit",
    "Changes",
    "Composition",
    "Deliveries",
    "DeltaPage",
    "DevicePage",
    "Devices",
    "DevicesByEntraId",
    "DevicesById",
    "DirectoryPage",
    "Feed",
    "Fitness",
    "GivenUp",
    "Held",
    "Merge",
    "Notifier",
    "Overlay",
    "Poison",
    "PoisonCounts",
    "Queue",
    "Records",
    "Setting",
    "SettingsFiles",
    "Snapshots",
    "Sweeps",
    "SyncedPage",
    "Telling",
    "Tenant",
    "Tokens",
    "Windows",
    "Written",
]
