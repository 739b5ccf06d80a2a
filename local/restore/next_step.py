"""The commands that may come next, ready to be copied."""

from argparse import Namespace
from collections.abc import Iterator

from msgspec import Struct

from shared.domain.restore_change import Change

ANOTHER = "SOMEBODY-ELSE"


class NextSteps(Struct, frozen=True):
    """Commands to the same app, by the same person unless it must be another."""

    url: str | None = None
    person: str | None = None
    local: bool = False

    @classmethod
    def of(cls, wanted: Namespace, *, local: bool) -> "NextSteps":
        """Carry over what was said on the command line."""
        return cls(wanted.url, wanted.person, local)

    def restore(self, *words: str, another: bool = False) -> str:
        """Write a `restore` command; `another` person's, where people are named."""
        parts = ["python -m local restore", *words]
        if self.url:
            parts.append(f"--url {self.url}")
        person = ANOTHER if another and self.local else self.person
        if person:
            parts.append(f"--as {person}")
        return " ".join(parts)

    def after(self, change: Change) -> Iterator[str]:
        """Say what may come after a change as it stands."""
        match change.state:
            case "planned":
                yield self.restore("approve", change.id, another=True)
            case "approved":
                yield self.restore("apply", change.id)
            case "applying" | "unknown" | "waiting_for_intune_approval":
                yield self.restore("show", change.id)
            case "refused":
                yield self.restore("confirm", change.id)
            case "applied":
                yield self.restore("revert", change.id, "--reason TEXT")
            case "conflict" | "not_applied" | "expired":
                yield self.restore("plan", change.after, "--reason TEXT")
            case "rejected":
                return
