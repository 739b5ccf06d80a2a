"""What people are told, and what became of it."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from shared.domain.delivery import Delivery
from shared.domain.digest import Digest, DigestKind, DigestView, Group
from shared.domain.exemption import Exemption
from shared.domain.outgoing import Outgoing, Receipt
from shared.domain.routes import Routes
from shared.domain.storm import Counts
from shared.domain.sweep import (
    Pointer,
)
from shared.domain.telling import TellingState, Terms
from shared.domain.window import Window


class Composition(Protocol):
    """What is due to be told, worked out in a folder of its own."""

    @property
    def lines_file(self) -> Path:
        """Where `write` puts the lines that are due, as Parquet."""
        ...

    @property
    def told_file(self) -> Path:
        """Where `write` puts what people will have been told, as Parquet."""
        ...

    async def counts(self) -> Counts:
        """Count what is due."""
        ...

    async def told_everything(self) -> None:
        """Take everything that stands open for told, as the first digest does."""
        ...

    async def hold(self, reasons: frozenset[str]) -> None:
        """Leave what is due of these reasons untold for now."""
        ...

    async def groups(self, most_examples: int) -> tuple[Group, ...]:
        """Gather what is due, and not held, by reason and change."""
        ...

    async def devices(self) -> int:
        """Count the devices with a word that is due, and not held."""
        ...

    async def exempt(self) -> int:
        """Count the devices with an open blocker that is exempt."""
        ...

    async def write(self, now: datetime) -> None:
        """Write both files, as of `now`."""
        ...


class Telling(Protocol):
    """What people have been told, and the digests that told it."""

    async def state(self) -> tuple[TellingState | None, str | None]:
        """Read the state and its ETag; None, None before anything was told."""
        ...

    async def commit(self, state: TellingState, etag: str | None) -> str:
        """Write the state if nobody has since, and return its ETag. Raises ConflictError."""
        ...

    def composing(
        self,
        state: TellingState | None,
        pointer: Pointer,
        terms: Terms,
        exemptions: Iterable[Exemption],
        now: datetime,
    ) -> AbstractAsyncContextManager[Composition]:
        """Compare what stands open, by a snapshot and its overlay, with what was told."""
        ...

    async def store(self, digest: Digest, lines: Path | None) -> None:
        """Store a digest with its lines; nobody is sent it before the state says so."""
        ...

    async def store_told(self, name: str, file: Path) -> None:
        """Store a file of what was told, under a name that a state will give."""
        ...

    async def tidy(self, state: TellingState) -> None:
        """Remove what no state will name again, once this one has been committed."""
        ...

    async def digest(self, id: str) -> Digest | None:
        """Read a digest; None when there is none."""
        ...

    async def view(self, id: str, routes: Routes, channel: str, most: int) -> DigestView:
        """Read a digest as a channel is to see it, with at most so many lines."""
        ...

    async def last(self, kind: DigestKind | None = None) -> str | None:
        """Name the newest digest, of a kind if one is given."""
        ...


class Windows(Protocol):
    """The time in which changes are gathered before people are told of them."""

    async def read(self) -> tuple[Window, str | None]:
        """Read the window and its ETag; the ETag is None before the first was opened."""
        ...

    async def write(self, window: Window, etag: str | None) -> None:
        """Write the window if nobody has since. Raises ConflictError."""
        ...


class Deliveries(Protocol):
    """What became of each digest on each channel."""

    async def read(self, digest: str, channel: str) -> tuple[Delivery | None, str | None]:
        """Read a record and its ETag; None, None when there is none."""
        ...

    async def write(self, delivery: Delivery, etag: str | None) -> str:
        """Write a record if nobody has since, and return its ETag. Raises ConflictError."""
        ...

    async def failed_since(self, since: datetime) -> Sequence[Delivery]:
        """Read the records, written since then, that say what went `wrong`; in order of digests."""
        ...


class Notifier(Protocol):
    """One channel that takes messages for people."""

    async def send(self, message: Outgoing) -> Receipt:
        """Send a message, once.

        Raises DeliveryThrottledError, DeliveryUnavailableError, DeliveryRefusedError, or
        DeliveryUnknownError when it may have arrived.
        """
        ...


class SettingsFiles(Protocol):
    """The files that operators keep in storage."""

    async def exemptions(self) -> tuple[str | None, str | None]:
        """Read the exemptions and their ETag; None, None when there is no such file."""
        ...

    async def write_exemptions(self, text: str, etag: str | None) -> str:
        """Write the exemptions if nobody has since, and return their ETag. Raises ConflictError."""
        ...

    async def routes(self) -> tuple[str | None, str | None]:
        """Read the routes and their ETag; None, None when there is no such file."""
        ...

    async def write_routes(self, text: str, etag: str | None) -> str:
        """Write the routes if nobody has since, and return their ETag. Raises ConflictError."""
        ...
