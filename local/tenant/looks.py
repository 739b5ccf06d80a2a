"""The looks of a fleet: organisations run a few standard images and a long tail of odd ones."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import repeat
from math import isqrt
from typing import TypeVar

from msgspec import Struct

from local.tenant.archetypes import ARCHETYPES, Archetype
from local.tenant.chance import key, mix
from local.tenant.editions import Sku
from local.tenant.makes import Make
from shared.domain.facts import Text

Card = TypeVar("Card")


class Look(Struct, frozen=True):
    """All that devices set up alike have in common."""

    kind: Archetype
    version: Text
    sku: Sku
    make: Make


@lru_cache(maxsize=8)
def batches(seed: int) -> tuple[Look, ...]:
    """Return the look of every batch of devices: an archetype has as many batches as it weighs."""
    return tuple(
        look
        for number, kind in enumerate(ARCHETYPES)
        for look, share in zip(_looks(kind, key(seed, "looks", number)), _shares(kind), strict=True)
        for _ in range(share)
    )


def _looks(kind: Archetype, chance: int) -> Iterator[Look]:
    """Deal versions, editions and makes; the commonest version goes to the first look."""
    versions = _deal(kind.versions, kind, key(chance, "version"))
    return map(
        Look,
        repeat(kind),
        sorted(versions, key=kind.versions.count, reverse=True),
        _deal(kind.skus, kind, key(chance, "sku")),
        _deal(kind.makes, kind, key(chance, "make")),
    )


def _deal(deck: Sequence[Card], kind: Archetype, chance: int) -> list[Card]:
    """Deal every look of a kind a card; a shuffled deck is dealt out before it is dealt again."""
    shuffled = sorted(range(len(deck)), key=lambda place: mix(place ^ chance))
    return [deck[shuffled[number % len(deck)]] for number in range(_count(kind))]


def _count(kind: Archetype) -> int:
    return kind.looks or isqrt(kind.weight)


def _shares(kind: Archetype) -> list[int]:
    """Split the batches of a kind by Zipf's law; each look has one at least."""
    ranks = range(1, _count(kind) + 1)
    spare = (kind.weight - len(ranks)) / sum(1 / rank for rank in ranks)
    shares = [1 + int(spare / rank) for rank in ranks]
    shares[0] += kind.weight - sum(shares)
    return shares
