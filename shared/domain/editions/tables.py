"""The shapes of an edition's tables; every row carries its source."""

from datetime import date
from typing import Literal, TypeAlias

from msgspec import Struct

from shared.domain.source import Source

CautionCode: TypeAlias = Literal[
    "newer_branch_not_listed", "doc_conflict_24h2_restore_min", "doc_discrepancy_win10_build"
]
ServicingChannel: TypeAlias = Literal["home_pro", "enterprise_education", "ltsc"]


class Caution(Struct, frozen=True):
    """A warning that a row brings, for revisions from `at_least` up to but without `below`.

    Without bounds it holds for the branch as a whole, even where the revision is not known.
    """

    code: CautionCode
    at_least: int | None = None
    below: int | None = None

    def holds(self, ubr: int | None) -> bool:
        """Tell whether the warning is due for this revision."""
        if self.at_least is None and self.below is None:
            return True
        if ubr is None:
            return False
        return (self.at_least or 0) <= ubr and (self.below is None or ubr < self.below)


class Minimum(Struct, frozen=True):
    """The lowest revision of one branch that will do; None where any will."""

    branch: int
    release: str
    min_ubr: int | None
    source: Source
    kb: str | None = None
    cautions: tuple[Caution, ...] = ()

    def __str__(self) -> str:
        build = f"{self.branch}.{self.min_ubr}"
        return f"{build} ({self.kb})" if self.kb else build


class Minimums(Struct, frozen=True):
    """What one capability asks of the build.

    A branch without a row is unsupported below `unsupported_below`, and unlisted from there on.
    `oldest` names the oldest release that will do.
    """

    oldest: str
    unsupported_below: int
    rows: tuple[Minimum, ...]
    source: Source

    def row(self, branch: int) -> Minimum | None:
        """Return the row of a branch, if it is listed."""
        return next((row for row in self.rows if row.branch == branch), None)


class Threshold(Struct, frozen=True):
    """A revision of one branch, below which something else is asked."""

    branch: int
    ubr: int
    month: str
    source: Source


class ServicingEnd(Struct, frozen=True):
    """The last days a release is serviced; None where it has no such channel."""

    branch: int
    release: str
    home_pro: date
    enterprise_education: date
    ltsc: date | None
    source: Source

    def last_day(self, channel: ServicingChannel | None) -> date:
        """Return the channel's last day, and the release's very last for any other edition."""
        last: date | None = None if channel is None else getattr(self, channel)
        every = (self.home_pro, self.enterprise_education, self.ltsc)
        return last or max(day for day in every if day is not None)


class BlockedSku(Struct, frozen=True):
    """A Windows edition that is excluded, by its SKU number and Graph's name for it."""

    number: int
    family: str
    source: Source


class SkuTable(Struct, frozen=True):
    """SKU numbers by what they mean here."""

    blocked: tuple[BlockedSku, ...]
    server: tuple[int, ...]
    multi_session: tuple[int, ...]
    home_pro: tuple[int, ...]
    enterprise_education: tuple[int, ...]
    ltsc: tuple[int, ...]
    source: Source

    def channel(self, number: int) -> ServicingChannel | None:
        """Return the servicing channel of an edition; None for one that is not known."""
        if number in self.ltsc:
            return "ltsc"
        if number in self.enterprise_education:
            return "enterprise_education"
        return "home_pro" if number in self.home_pro else None


class BackupDefault(Struct, frozen=True):
    """Where backup runs although nobody configured it.

    Below `on_in` and in `off_in` it stays off; branches above `on_in` are not settled. The
    default never holds in `except_region`.
    """

    on_in: int
    off_in: tuple[int, ...]
    except_region: Literal["DMA"]
    source: Source


class PreProvisioning(Struct, frozen=True):
    """Whether a pre-provisioned device is excluded, or only the technician's part of it."""

    excluded: Literal["device", "technician_flow"]
    source: Source
