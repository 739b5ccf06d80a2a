"""Asking before the setting of a whole tenant is written."""

import sys

from rich.console import Console
from rich.text import Text

from shared.errors import ReadinessError


def must_be_asked(yes: bool) -> bool:
    """Tell whether somebody has still to be asked.

    Raises ReadinessError where there is nobody to ask.
    """
    if yes:
        return False
    if not sys.stdin.isatty():
        raise ReadinessError("nobody can be asked whether to write the setting: give --yes")
    return True


def consents(question: str, console: Console) -> bool:
    """Ask on the terminal; everything but a yes is a no."""
    console.print(Text(f"{question} [y/N] "), end="")
    said = sys.stdin.readline().strip().lower() in ("y", "yes")
    if not said:
        console.print("Nothing was done.")
    return said
