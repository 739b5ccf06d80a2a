"""When so much changes at once that devices are not named, and how that ends."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct, structs

from shared.domain.feed import TenantChange, WatchedKind
from shared.domain.history import Change
from shared.domain.telling import HeldStorm, Terms

FEWEST = 20
"""Fewer devices than this are no storm, however small the fleet."""
EMPTIED = 0.9
"""A storm as well: this share of the devices told of one reason is cleared at once."""
STORMY = 0.1
"""A reason is held when this share of the storm's devices has a word of it."""
CONFIRMED = 0.5
"""A storm is confirmed when this share of its devices still has the word due."""

MOST_OF_THE_STORM, MUCH_OF_THE_FLEET, NEARLY_ALL = 0.8, 0.5, 0.9
MOST_CHANGES_NAMED = 3

Word: TypeAlias = tuple[str, Change]
"""A reason, and what became of it."""
Reasons: TypeAlias = frozenset[str]
Outcome: TypeAlias = Literal["held", "confirmed", "passed"]


class Alike(Struct, frozen=True):
    """How many devices have exactly these words due."""

    words: frozenset[Word]
    devices: int


class ModelShare(Struct, frozen=True):
    """A model, how many devices of it have a word due, and how many the fleet has."""

    model: str
    devices: int
    fleet: int


class Counts(Struct, frozen=True):
    """What is due, in numbers. Each device is in one group of those that have the same words.

    `told` is how many devices were told to be blocked, by reason, before these words; `model` is
    the commonest model among the devices with a word due.
    """

    fleet: int
    alike: tuple[Alike, ...] = ()
    told: Mapping[str, int] = {}
    model: ModelShare | None = None

    @property
    def devices(self) -> int:
        """Devices with any word due."""
        return sum(group.devices for group in self.alike)

    @property
    def reasons(self) -> Reasons:
        """Every reason of which a word is due."""
        return frozenset(reason for group in self.alike for reason, _ in group.words)

    def without(self, reasons: frozenset[str]) -> "Counts":
        """Leave out every word of these reasons; which model the others share is then not known."""
        if not reasons:
            return self
        left = (Alike(_other_words(group, reasons), group.devices) for group in self.alike)
        return structs.replace(
            self, alike=tuple(group for group in left if group.words), model=None
        )

    def of(self, reasons: Iterable[str], change: Change | None = None) -> int:
        """Count the devices with a word of one of these reasons, of this change if one is given."""
        wanted = frozenset(reasons)
        return sum(
            group.devices
            for group in self.alike
            if any(r in wanted and change in (None, c) for r, c in group.words)
        )


def storm_of(counts: Counts, terms: Terms) -> Reasons | None:
    """Return the reasons to hold back because too much changes at once; None for no storm.

    Too much is a share of the fleet, or nearly all who were told of one reason being cleared.
    """
    emptied = frozenset(r for r, told in counts.told.items() if _is_emptied(counts, r, told))
    if counts.devices < max(FEWEST, terms.storm_share * counts.fleet):
        return emptied or None
    stormy = frozenset(r for r in counts.reasons if counts.of([r]) >= STORMY * counts.devices)
    return (stormy | emptied) or counts.reasons


def after_storm(held: HeldStorm, counts: Counts, *, new_sweep: bool) -> Outcome:
    """Tell how a storm stands: held until another sweep is committed, which then decides.

    `counts` are of all that is due, what the storm holds included.
    """
    if not new_sweep:
        return "held"
    return "confirmed" if counts.of(held.reasons) >= CONFIRMED * held.devices else "passed"


def causes(
    counts: Counts,
    changes: Sequence[TenantChange] = (),
    edition_before: str | None = None,
    edition: str | None = None,
) -> tuple[str, ...]:
    """Name in sentences what likely caused a storm, the likeliest first.

    `changes` are those of the tenant that were recorded since the last digest. Names in them come
    from strangers and are kept as they came. No person is named, since some channels are not to see
    users.
    """
    newest = sorted(changes, key=lambda change: change.seen, reverse=True)
    return (
        *(_changed(change) for change in newest[:MOST_CHANGES_NAMED]),
        *_another_edition(edition_before, edition),
        *_one_model(counts),
        *_one_reason(counts),
    )


def _other_words(group: Alike, reasons: Reasons) -> frozenset[Word]:
    return frozenset(word for word in group.words if word[0] not in reasons)


def _is_emptied(counts: Counts, reason: str, told: int) -> bool:
    cleared = counts.of([reason], "cleared")
    return cleared >= max(FEWEST, EMPTIED * told)


THINGS: dict[WatchedKind, str] = {
    "restore_setting": "the restore setting",
    "status_page": "the enrolment status page",
    "backup_policy": "the backup policy",
    "first_sign_in_policy": "the first sign-in restore policy",
}


def _changed(change: TenantChange) -> str:
    became = "added" if change.old is None else "removed" if change.new is None else "changed"
    who = change.who
    by = f" by {who.application}" if who and who.application and not who.name else ""
    return f"In the tenant, {THINGS[change.kind]} {change.name!r} was {became}{by}."


def _another_edition(before: str | None, now: str | None) -> Iterator[str]:
    if before and now and before != now:
        yield f"Devices are judged by the edition {now} now, and were by {before} before."


def _one_model(counts: Counts) -> Iterator[str]:
    shown = counts.model
    if shown is None or shown.devices < MOST_OF_THE_STORM * counts.devices:
        return
    if shown.fleet < MUCH_OF_THE_FLEET * counts.fleet:
        yield (
            f"{shown.devices} of the {counts.devices} devices are of the model {shown.model!r}, "
            f"which {shown.fleet} of {counts.fleet} in the fleet are."
        )


def _one_reason(counts: Counts) -> Iterator[str]:
    by_reason = ((counts.of([reason]), reason) for reason in sorted(counts.reasons))
    devices, reason = max(by_reason, default=(0, ""))
    if devices and devices >= NEARLY_ALL * counts.devices:
        yield f"{devices} of the {counts.devices} devices share one reason, {reason}."
