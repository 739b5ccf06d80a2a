"""What there is to tell of devices: the words that are due, and the storms that hold some back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct, structs

from shared.domain.digest import Digest, DigestKind, Notice, Storm
from shared.domain.feed import TenantChange
from shared.domain.storm import Counts, after_storm, causes, storm_of
from shared.domain.telling import HeldStorm, TellingState, Terms
from shared.ports import Composition
from shared.report.figures import best_unlock, readiness
from shared.report.health import DRIFT_SHOWN
from shared.use_cases.situation import Committed

MOST_EXAMPLES = 10
"""Devices that a digest names of each reason and change; a channel's view may name others."""


class Digests(Protocol):
    """The digests told before."""

    async def digest(self, id: str) -> Digest | None:
        """Read a digest; None when there is none."""
        ...


class DeviceNews(Struct, frozen=True):
    """Digests about devices; `lines` tells which one is told with its lines, if any.

    `storm` holds words back from now on.
    """

    digests: tuple[Digest, ...] = ()
    lines: str | None = None
    storm: HeldStorm | None = None


class Naming(Struct, frozen=True):
    """Names the digests of one composition: names sort by time, and no other one gives the same."""

    now: datetime
    number: int
    composer: str

    def of(self, label: str) -> str:
        """Name the digest of this kind."""
        return f"{self.now:%Y%m%dT%H%M%SZ}-{self.number:04d}-{self.composer}-{label}"


async def tell_all(
    name: Naming, of: Committed, findings: tuple[Notice, ...], *, composition: Composition
) -> DeviceNews:
    """Tell how the fleet stands, once, and take all that is open for told; no device is named.

    `findings` are what stands in the way of the whole tenant.
    """
    await composition.told_everything()
    digest = Digest(
        name.of("baseline"),
        "baseline",
        name.now,
        sweep=of.pointer.sweep,
        fleet=of.summary.devices,
        readiness=readiness(of.summary, of.before),
        unlock=best_unlock(of.summary),
        devices=await composition.devices(),
        groups=await composition.groups(0),
        exempt=await composition.exempt(),
        notices=findings,
    )
    return DeviceNews((digest,))


async def tell_devices(
    name: Naming,
    state: TellingState,
    terms: Terms,
    of: Committed,
    changes: Sequence[TenantChange],
    *,
    composition: Composition,
    told: Digests,
) -> DeviceNews:
    """Tell what is due, but for what a storm holds back; `changes` are those of the tenant.

    A storm that has ended, by another sweep, is not taken for one again: what that sweep still
    finds is told.
    """
    counts = await composition.counts()
    held, sweep = state.storm, of.pointer.sweep
    ended = await _ended(held, counts, told, new_sweep=held is not None and sweep != held.sweep)
    others = counts.without(held.reasons if held else frozenset())
    stormy = storm_of(others, terms)
    digests: list[Digest] = []
    bare = Digest("", "storm", name.now, sweep=sweep, fleet=counts.fleet)
    if ended is not None and ended.state == "passed":
        digests.append(structs.replace(bare, id=name.of("storm-passed"), storm=ended))
    holding = held if ended is None else None
    if stormy is not None:
        lately = [change for change in changes if name.now - change.seen <= DRIFT_SHOWN]
        why = causes(others, lately, state.edition, of.summary.edition)
        storm = Storm(others.of(stormy), counts.fleet, why)
        digest = structs.replace(bare, id=name.of("storm"), storm=storm)
        digests.append(_with_figures(digest, of))
        reasons = stormy | (holding.reasons if holding else frozenset())
        holding = HeldStorm(sweep, reasons, counts.of(reasons), digest.id)
    if holding is not None:
        await composition.hold(holding.reasons)
    devices = await composition.devices()
    if not devices:
        return DeviceNews(tuple(digests), storm=holding)
    kind: DigestKind = "changes" if sweep == state.sweep else "sweep"
    words = structs.replace(
        bare,
        id=name.of(kind),
        kind=kind,
        devices=devices,
        groups=await composition.groups(MOST_EXAMPLES),
        exempt=await composition.exempt(),
        storm=ended if ended is not None and ended.state == "confirmed" else None,
    )
    if kind == "sweep":
        words = _with_figures(words, of)
    return DeviceNews((*digests, words), lines=words.id, storm=holding)


async def _ended(
    held: HeldStorm | None, counts: Counts, told: Digests, *, new_sweep: bool
) -> Storm | None:
    """Say how a storm ended, with the causes that were named when it began; None if it has not."""
    if held is None:
        return None
    outcome = after_storm(held, counts, new_sweep=new_sweep)
    if outcome == "held":
        return None
    first = await told.digest(held.digest)
    named = first.storm.causes if first is not None and first.storm is not None else ()
    devices = held.devices if outcome == "passed" else counts.of(held.reasons)
    return Storm(devices, counts.fleet, named, outcome)


def _with_figures(digest: Digest, of: Committed) -> Digest:
    return structs.replace(
        digest, readiness=readiness(of.summary, of.before), unlock=best_unlock(of.summary)
    )
