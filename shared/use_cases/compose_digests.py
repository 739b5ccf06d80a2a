"""See what people are to be told by now, and send it on its way."""

import logging
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, structs

from shared.domain.digest import Digest, Notice
from shared.domain.quiet import URGENT
from shared.domain.telling import TellingState, Terms, told_name
from shared.errors import ConflictError
from shared.ports import (
    Audit,
    Deliveries,
    Feed,
    Fitness,
    PoisonCounts,
    Queue,
    SettingsFiles,
    Snapshots,
    Sweeps,
    Telling,
    Windows,
)
from shared.use_cases.open_window import close_window
from shared.use_cases.outbox import addressed, send_outbox
from shared.use_cases.situation import Committed, Situation, read_situation
from shared.use_cases.tell_devices import DeviceNews, Naming, tell_all, tell_devices
from shared.use_cases.tell_operations import tell_operations
from shared.use_cases.tell_restore import RestoreNews, tell_restore
from shared.use_cases.tell_tenant import TenantNews, tell_tenant

log = logging.getLogger(__name__)

TRIES = 5
"""Times that a composition begins anew because another one was faster."""


class Composed(Struct, frozen=True):
    """The digests that a composition committed, which may be none."""

    digests: tuple[str, ...] = ()


async def compose_digests(
    now: datetime,
    why: str,
    composer: str,
    terms: Terms,
    settings: Mapping[str, str],
    *,
    fitness: Fitness | None,
    audit: Audit,
    telling: Telling,
    windows: Windows,
    snapshots: Snapshots,
    sweeps: Sweeps,
    feed: Feed,
    deliveries: Deliveries,
    poison: PoisonCounts,
    files: SettingsFiles,
    queue: Queue,
) -> Composed:
    """Tell what is due as of `now`, in UTC; where nothing is, nobody is told anything.

    `why` is for the log, `composer` a name that no other run has, and `settings` are those that
    make channels. `fitness` is that of the identity which writes the restore setting. One
    conditional write commits what was told and to whom it goes. Whoever dies before it has done
    nothing, and after it leaves the rest to the next one.
    """
    await close_window(now, windows=windows)
    composing = _Composing(
        now=now,
        composer=composer,
        terms=terms,
        settings=settings,
        fitness=fitness,
        audit=audit,
        telling=telling,
        snapshots=snapshots,
        sweeps=sweeps,
        feed=feed,
        deliveries=deliveries,
        poison=poison,
        files=files,
        queue=queue,
    )
    for tried in range(1, TRIES + 1):
        try:
            composed = await composing.once()
        except ConflictError as error:
            if tried == TRIES:
                raise
            log.info("Somebody else was faster, so this begins anew: %s", error)
        else:
            break
    log.info("Composed (%s): %s.", why, ", ".join(composed.digests) or "there is no news")
    return composed


class _Composing(Struct, frozen=True, kw_only=True):
    """One composition."""

    now: datetime
    composer: str
    terms: Terms
    settings: Mapping[str, str]
    fitness: Fitness | None
    audit: Audit
    telling: Telling
    snapshots: Snapshots
    sweeps: Sweeps
    feed: Feed
    deliveries: Deliveries
    poison: PoisonCounts
    files: SettingsFiles
    queue: Queue

    async def once(self) -> Composed:
        """Compose, unless somebody else is faster: then raise ConflictError."""
        found, etag = await self.telling.state()
        before = found or TellingState(0)
        before, etag = await self._send(before, etag)
        situation = await self._situation()
        name = Naming(self.now, before.number + 1, self.composer)
        after, lines = before, None
        digests: list[Digest] = []
        tenant: TenantNews | None = None
        if situation.committed is not None:
            findings = situation.committed.summary.tenant_findings
            tenant = tell_tenant(self.now, before, situation.changes, findings)
            after, digests, lines = await self._of_fleet(
                name, before, situation, situation.committed, tenant
            )
        restore = tell_restore(before, situation.ledger)
        operations = tell_operations(self.now, before, self.terms.grace.keys(), situation)
        after = structs.replace(
            after,
            restore_told=restore.told,
            notices=operations.told,
            exemptions_announced=operations.announced,
        )
        # The first digest about devices has the tenant's findings in it.
        news = None if before.told is None else tenant
        for digest in (
            self._of_tenant(name, situation.committed, news, restore),
            Digest(name.of("operations"), "operations", self.now, notices=operations.notices),
        ):
            if digest.tenant or digest.notices:
                await self.telling.store(digest, None)
                digests.append(digest)
        if after == before:
            return Composed()
        outbox = (
            pair
            for digest in digests
            for pair in addressed(situation.routes, digest, lines=digest.id == lines)
        )
        after = structs.replace(
            after,
            number=name.number,
            outbox=tuple(outbox),
            urgent=tuple(digest.id for digest in digests if digest.kind in URGENT),
        )
        etag = await self.telling.commit(after, etag)
        after, _ = await self._send(after, etag)
        await self.telling.tidy(after)
        return Composed(tuple(digest.id for digest in digests))

    async def _send(self, state: TellingState, etag: str | None) -> tuple[TellingState, str | None]:
        return await send_outbox(
            self.now,
            state,
            etag,
            telling=self.telling,
            deliveries=self.deliveries,
            queue=self.queue,
        )

    async def _situation(self) -> Situation:
        return await read_situation(
            self.now,
            self.settings,
            self.fitness,
            audit=self.audit,
            snapshots=self.snapshots,
            sweeps=self.sweeps,
            feed=self.feed,
            deliveries=self.deliveries,
            poison=self.poison,
            files=self.files,
        )

    async def _of_fleet(
        self,
        name: Naming,
        before: TellingState,
        situation: Situation,
        of: Committed,
        tenant: TenantNews,
    ) -> tuple[TellingState, list[Digest], str | None]:
        """Store what there is to tell of devices.

        Return the state after it and after the tenant's news, the digests, and which one of them is
        told with its lines.
        """
        news, told = await self._of_devices(name, before, situation, of, tenant.notices)
        after = structs.replace(
            before,
            told=told,
            sweep=of.pointer.sweep,
            edition=of.summary.edition,
            storm=news.storm,
            tenant_told=tenant.told,
            findings=tenant.findings,
        )
        return after, list(news.digests), news.lines

    def _of_tenant(
        self, name: Naming, of: Committed | None, tenant: TenantNews | None, restore: RestoreNews
    ) -> Digest:
        """Gather what others changed in the tenant, and we; it may be nothing."""
        return Digest(
            name.of("tenant"),
            "tenant",
            self.now,
            sweep=of.pointer.sweep if of else None,
            tenant=tenant.changes if tenant else (),
            notices=(*restore.notices, *(tenant.notices if tenant else ())),
        )

    async def _of_devices(
        self,
        name: Naming,
        before: TellingState,
        situation: Situation,
        of: Committed,
        findings: tuple[Notice, ...],
    ) -> tuple[DeviceNews, str | None]:
        """Store what there is to tell of devices, and what has been told then, under its name."""
        async with self.telling.composing(
            before, of.pointer, self.terms, situation.exemptions, self.now
        ) as composition:
            await self._check_is_current(of)
            if before.told is None:
                news = await tell_all(name, of, findings, composition=composition)
            else:
                news = await tell_devices(
                    name,
                    before,
                    self.terms,
                    of,
                    situation.changes,
                    composition=composition,
                    told=self.telling,
                )
            told = before.told
            if news.lines or before.sweep != of.pointer.sweep:
                await composition.write(self.now)
                told = told_name(name.number, self.composer)
                await self.telling.store_told(told, composition.told_file)
            for digest in news.digests:
                named = composition.lines_file if digest.id == news.lines else None
                await self.telling.store(digest, named)
            return news, told

    async def _check_is_current(self, of: Committed) -> None:
        """Make sure that the overlay had not been folded when it was read."""
        pointer, _ = await self.snapshots.current()
        if pointer is None or pointer.sweep != of.pointer.sweep:
            raise ConflictError(f"a sweep after {of.pointer.sweep} was completed meanwhile")
