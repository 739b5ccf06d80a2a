"""Add an exemption to the file, or let one end."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Protocol, TypeAlias

from shared.domain.exemption import Exemption, ended, faults, named
from shared.errors import ConflictError, InputError
from shared.report.vocabulary import fix_of_blocker
from shared.use_cases.read_exemptions import read_exemptions, write_exemptions

TRIES = 5

Exemptions: TypeAlias = tuple[Exemption, ...]


class ExemptionsFile(Protocol):
    """Where exemptions are kept."""

    async def exemptions(self) -> tuple[str | None, str | None]:
        """Read the file and its ETag; None, None when there is none."""
        ...

    async def write_exemptions(self, text: str, etag: str | None) -> str:
        """Write the file if nobody has since, and return its ETag. Raises ConflictError."""
        ...


async def add_exemption(exemption: Exemption, file: ExemptionsFile) -> Exemption:
    """Add an exemption under an id of its own, which is returned with it.

    Adding the same one again on the same day changes nothing. Raises InputError naming everything
    that is wrong with it, or with the file.
    """
    added = named(exemption, ())

    def add(others: Exemptions) -> Exemptions:
        nonlocal added
        added = named(exemption, others)
        return others if added in others else (*others, added)

    if wrong := "; ".join(map(str, faults(added, fix_of_blocker()))):
        raise InputError(f"the exemption cannot be added: {wrong}")
    await _change(file, add)
    return added


async def end_exemption(id: str, today: date, why: str | None, file: ExemptionsFile) -> Exemption:
    """Let an exemption end with today and return it; one that ends by then stays as it is.

    Raises InputError when there is none with that id, or something is wrong with the file.
    """

    def end(exemptions: Exemptions) -> Exemptions:
        return tuple(ended(each, today, why) if each.id == id else each for each in exemptions)

    found = [each for each in await _change(file, end) if each.id == id]
    if not found:
        raise InputError(f"there is no exemption {id!r}: `exempt list --all` shows them all")
    return found[0]


async def _change(file: ExemptionsFile, change: Callable[[Exemptions], Exemptions]) -> Exemptions:
    for _ in range(TRIES):
        text, etag = await file.exemptions()
        before, problems = read_exemptions(text or "")
        if problems:
            raise InputError(
                "the exemptions file has to be put right first, and nothing was changed:\n  "
                + "\n  ".join(problems)
            )
        after = change(before)
        if after == before:
            return after
        with suppress(ConflictError):
            await file.write_exemptions(write_exemptions(after), etag)
            return after
    raise ConflictError(f"the exemptions file was written by others {TRIES} times: try again")
