"""How the reading of each list ended, from the errors it met."""

from collections.abc import Awaitable, Sequence
from typing import TypeVar

from msgspec import UNSET, UnsetType

from shared.domain.tenant import Outcome
from shared.errors import (
    GraphError,
    GraphForbiddenError,
    GraphThrottledError,
    GraphUnavailableError,
)

SIGN_IN_FAILED = 401

T = TypeVar("T")


def complete(name: str, items: int) -> Outcome:
    """Say that all of a list was read."""
    return Outcome(name, "complete", items)


def failed(name: str, error: GraphError) -> Outcome:
    """Say that a list was not read, and why."""
    return Outcome(name, "failed", 0, str(error), _permission([error]))


def after(name: str, items: int, errors: Sequence[GraphError]) -> Outcome:
    """Say that a list is complete when there were no errors, and partial when there were some."""
    if not errors:
        return complete(name, items)
    reason = str(errors[0])
    if len(errors) > 1:
        reason += f"; and {len(errors) - 1} more like it"
    return Outcome(name, "partial", items, reason, _permission(errors))


class Ledger:
    """Reads list after list and keeps how each one ended."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self._errors: list[GraphError] = []

    async def attempt(self, name: str, reading: Awaitable[tuple[T, Outcome]]) -> T | UnsetType:
        """Return what was read, or UNSET when that failed.

        Raises GraphThrottledError, and GraphError when nobody could sign in: the other lists would
        end the same way.
        """
        try:
            value, outcome = await reading
        except GraphThrottledError:
            raise
        except GraphError as error:
            if error.status == SIGN_IN_FAILED:
                raise
            self._errors.append(error)
            self.outcomes.append(failed(name, error))
            return UNSET
        self.outcomes.append(outcome)
        return value

    def insist(self) -> None:
        """Raise GraphUnavailableError when that is how every single list ended."""
        unavailable = [e for e in self._errors if isinstance(e, GraphUnavailableError)]
        if unavailable and len(unavailable) == len(self.outcomes):
            raise unavailable[-1]


def _permission(errors: Sequence[GraphError]) -> str | None:
    return next((e.permission for e in errors if isinstance(e, GraphForbiddenError)), None)
