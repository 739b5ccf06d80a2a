"""When two names mean the same, and which name may have been meant."""

from collections.abc import Collection
from difflib import get_close_matches


def uncased(name: str) -> str:
    """Return a name in the form it is compared in, the same that DuckDB's lower() gives.

    Letter by letter: str.lower() would write a sigma differently at the end of a word, and make
    two characters of a dotted capital I.
    """
    return name.lower() if name.isascii() else "".join(letter.lower()[0] for letter in name)


def unknown(name: str, known: Collection[str]) -> str:
    """Say that a name is none of the known ones, without repeating it: it may be a secret."""
    alike = get_close_matches(name, sorted(known), n=1)
    meant = f"did you mean {alike[0]!r}?" if alike else f"known are {', '.join(sorted(known))}"
    return f"is not known: {meant}"
