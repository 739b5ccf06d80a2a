"""Editions: what a publication of a given date asks of a device, as data."""

from msgspec import Struct

from shared.domain.editions import minimums
from shared.domain.editions.servicing import SERVICING
from shared.domain.editions.skus import SKUS
from shared.domain.editions.sources import INTUNE_PAGE, WINDOWS_PAGE
from shared.domain.editions.tables import (
    BackupDefault,
    Minimums,
    PreProvisioning,
    ServicingEnd,
    SkuTable,
    Threshold,
)
from shared.domain.source import Source


class Edition(Struct, frozen=True, cache_hash=True):
    """A dated set of rule tables."""

    id: str
    source: Source
    backup: Minimums
    restore: Minimums
    first_sign_in_restore: Minimums
    quality_updates_required_below: tuple[Threshold, ...]
    quality_updates_recommended_below: tuple[Threshold, ...]
    pre_provisioning: PreProvisioning
    backup_default: BackupDefault
    servicing: tuple[ServicingEnd, ...]
    skus: SkuTable

    def minimums(self, capability: str) -> Minimums:
        """Return the lowest builds of one capability."""
        table: Minimums = getattr(self, capability)
        return table


_BACKUP_DEFAULT = BackupDefault(
    on_in=minimums.WINDOWS_11_26H2,
    off_in=(minimums.WINDOWS_11_26H1,),
    except_region="DMA",
    source=WINDOWS_PAGE,
)

DEFAULT_EDITION = "2025-08-18"

EDITIONS: dict[str, Edition] = {
    edition.id: edition
    for edition in (
        Edition(
            id="2025-08-18",
            source=INTUNE_PAGE,
            backup=minimums.BACKUP_2025,
            restore=minimums.RESTORE_2025,
            first_sign_in_restore=minimums.FIRST_SIGN_IN,
            quality_updates_required_below=minimums.QUALITY_UPDATES_REQUIRED_BELOW,
            quality_updates_recommended_below=minimums.QUALITY_UPDATES_RECOMMENDED_BELOW,
            pre_provisioning=PreProvisioning("device", INTUNE_PAGE),
            backup_default=_BACKUP_DEFAULT,
            servicing=SERVICING,
            skus=SKUS,
        ),
        Edition(
            id="2026-09-29",
            source=WINDOWS_PAGE,
            backup=minimums.BACKUP_2026,
            restore=minimums.RESTORE_2026,
            first_sign_in_restore=minimums.FIRST_SIGN_IN,
            quality_updates_required_below=minimums.QUALITY_UPDATES_REQUIRED_BELOW,
            quality_updates_recommended_below=minimums.QUALITY_UPDATES_RECOMMENDED_BELOW,
            pre_provisioning=PreProvisioning("technician_flow", WINDOWS_PAGE),
            backup_default=_BACKUP_DEFAULT,
            servicing=SERVICING,
            skus=SKUS,
        ),
    )
}
