"""`python -m local preflight`: may the app write the restore setting? Nothing is written."""

from collections.abc import Iterator, Sequence

import httpx
from rich.console import RenderableType

from local.restore.answers import Identity, read
from local.restore.calls import Calls
from local.restore.next_step import NextSteps
from local.restore.options import checked, preflight_parser
from local.restore.status_told import identity_told
from local.restore.talk import DONE, NOT_DONE, NOT_SETTLED, talk
from shared.ports import Held

STATUS: dict[Held, int] = {"yes": DONE, "no": NOT_DONE, "unknown": NOT_SETTLED}


def main(argv: Sequence[str]) -> int:
    """Ask the app, and print its answer; --help tells of the exit status.

    Raises ReadinessError where nothing could be asked.
    """
    wanted = checked(preflight_parser(), argv)
    return talk(wanted, _ask, _tell, lambda answer: STATUS[read(answer, Identity).fit])


def _ask(calls: Calls, _: NextSteps) -> httpx.Response:
    return calls.get("restore-setting/preflight")


def _tell(answer: httpx.Response, _: NextSteps) -> Iterator[RenderableType]:
    return identity_told(read(answer, Identity))
