"""What the answer to a message that was sent once says of its fate."""

from collections.abc import Mapping

from shared.errors import (
    DeliveryError,
    DeliveryRefusedError,
    DeliveryThrottledError,
    DeliveryUnavailableError,
    DeliveryUnknownError,
)

ACCEPTED = range(200, 300)
THROTTLED = 429
BUSY = 503
PASSING = frozenset({408, 425})
"""The 4xx statuses that say nothing against the message."""

IN_DOUBT = frozenset({502, 504})
"""A gateway waited in vain for the one behind it, which may have done what was asked."""

DEFAULT_WAIT = 30.0
MOST_WAIT = 24 * 3600.0
"""Seconds; whoever asks for a longer silence than a day is mistaken."""


def failure(
    said: str, status: int, retry_after: float | None, remedies: Mapping[int, str]
) -> DeliveryError:
    """Turn a status of HTTP outside 2xx into its error.

    `said` tells what was answered, `retry_after` is the wait in seconds that was asked for, and
    `remedies` say what to do about a status that another try does not mend.
    """
    if status == THROTTLED or (status == BUSY and retry_after is not None):
        wait = DEFAULT_WAIT if retry_after is None else min(retry_after, MOST_WAIT)
        return DeliveryThrottledError(
            f"{said}; it is sent again after {wait:g} s", retry_after=wait, status=status
        )
    if status in IN_DOUBT:
        return DeliveryUnknownError(f"{said}; the message may have arrived", status=status)
    if status >= 500 or status in PASSING:
        return DeliveryUnavailableError(f"{said}; it is worth another try later", status=status)
    remedy = remedies.get(status, "the same message would be refused again")
    return DeliveryRefusedError(f"{said}: {remedy}", status=status)
