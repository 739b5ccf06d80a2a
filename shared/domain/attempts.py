"""How a delivery goes on: from one try to the next, and to its end."""

from datetime import datetime, timedelta

from msgspec import structs

from shared.domain.delivery import UNKNOWN_WINDOW, Attempt, Delivery, DeliveryState

LONGEST_TRY = timedelta(minutes=5)
"""A try that has not ended by then has died; channels give up after two minutes at most."""

MOST_UNKNOWN = 3
"""Tries of unknown outcome until the message is given up: each may have arrived."""

LOOK_AGAIN = timedelta(seconds=3)
LONGEST_HOLD = timedelta(days=1)
"""A digest waits for the one before it no longer than this: that one's message may be lost."""

LONGEST_PAUSE = timedelta(hours=24)
PAUSES = (
    *(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300, 900, 1800)),
    *(timedelta(hours=1) for _ in range(11)),
)
"""Between one try that was answered with "later" and the next; about half a day in all."""


def pause(tries: int, asked: timedelta = timedelta()) -> timedelta | None:
    """Return how long to wait after so many tries and the wait that was asked for; None: no more.

    It is never shorter than what was asked for, except when that is more than a day.
    """
    if tries > len(PAUSES):
        return None
    return max(PAUSES[max(tries, 1) - 1], min(asked, LONGEST_PAUSE))


def begun(delivery: Delivery, now: datetime) -> Delivery:
    """Return the record as it has to stand before anything leaves."""
    attempts = (*delivery.attempts, Attempt(now, "sending"))
    return structs.replace(
        delivery, state="sending", attempts=attempts, not_before=None, wrong=None
    )


def ended(
    delivery: Delivery,
    state: DeliveryState,
    outcome: str,
    *,
    status: int | None = None,
    not_before: datetime | None = None,
    wrong: str | None = None,
) -> Delivery:
    """Return the record after the try that had begun."""
    *before, last = delivery.attempts
    return structs.replace(
        delivery,
        state=state,
        attempts=(*before, structs.replace(last, outcome=outcome, status=status)),
        not_before=not_before,
        wrong=wrong,
    )


def settled(
    delivery: Delivery,
    state: DeliveryState,
    outcome: str,
    now: datetime,
    *,
    wrong: str | None = None,
) -> Delivery:
    """Return the record of what was decided without a try."""
    return structs.replace(
        delivery,
        state=state,
        attempts=(*delivery.attempts, Attempt(now, outcome)),
        not_before=None,
        wrong=wrong,
    )


def in_doubt(delivery: Delivery, status: int | None = None) -> Delivery:
    """Return the record after a try that nobody knows the outcome of."""
    window_ends = delivery.attempts[-1].at + UNKNOWN_WINDOW
    return ended(delivery, "unknown", "unknown", status=status, not_before=window_ends)


def may_have_arrived(delivery: Delivery) -> int:
    """Count the tries of unknown outcome."""
    return sum(attempt.outcome == "unknown" for attempt in delivery.attempts)


def has_died(delivery: Delivery, now: datetime) -> bool:
    """Tell whether a try had begun that can no longer be under way."""
    return delivery.state == "sending" and now >= delivery.attempts[-1].at + LONGEST_TRY


def waits_until(delivery: Delivery, now: datetime) -> datetime:
    """Return when a delivery may be tried next, or be looked at again; `now` or before is now."""
    if delivery.state == "sending":
        return delivery.attempts[-1].at + LONGEST_TRY
    return delivery.not_before or now


def held_until(before: Delivery | None, now: datetime) -> datetime:
    """Return when to look again for the digest before this one; `now` if it is out of the way.

    Words about a device come in order, or "clear" would not be the last one.
    """
    if before is None or before.state in ("sent", "failed"):
        return now
    if now >= before.created + LONGEST_HOLD:
        return now
    return max(now + LOOK_AGAIN, before.not_before or now)


def again(delivery: Delivery, now: datetime) -> Delivery:
    """Return the record of a failed delivery that somebody wants to be tried again."""
    return settled(delivery, "pending", "replayed", now)
