"""One device's story: who it is, how it stands, and since when."""

from datetime import datetime

from msgspec import Struct

from shared.domain.assessment import Assessment
from shared.domain.history import OpenBlocker


class Story(Struct, frozen=True):
    """What is known of one device: by the current snapshot, or re-assessed since (`reassessed`)."""

    id: str
    name: str | None
    entra_id: str | None
    user_name: str | None
    serial: str | None
    manufacturer: str | None
    model: str | None
    os_version: str | None
    enrolled: datetime | None
    last_sync: datetime | None
    assessment: Assessment
    open: tuple[OpenBlocker, ...]
    reassessed: datetime | None = None
    """When the device was read again after the snapshot; None where it was not."""
