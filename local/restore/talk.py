"""One question to the app and its answer, from the address to the exit status."""

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import TypeAlias

import httpx
from rich.console import RenderableType
from rich.text import Text

from local.assess.visible import visible
from local.restore.address import Address, read_address, usual_address
from local.restore.calls import Calls
from local.restore.credentials import token_for
from local.restore.layout import console, print_all, to_do
from local.restore.next_step import NextSteps
from local.restore.problem_told import problem_told
from shared.errors import ReadinessError

DONE, NOT_DONE, NOT_SETTLED = 0, 1, 3
"""Exit statuses; 2 is for what could not be asked at all."""

Ask: TypeAlias = Callable[[Calls, NextSteps], httpx.Response | None]
Tell: TypeAlias = Callable[[httpx.Response, NextSteps], Iterator[RenderableType]]
Judge: TypeAlias = Callable[[httpx.Response], int]


def talk(wanted: Namespace, ask: Ask, tell: Tell, judge: Judge) -> int:
    """Ask, tell a good answer as `tell` lays it out, and give the exit status that `judge` finds.

    `ask` returns None where the caller thought better of it. Raises ReadinessError where nothing
    could be asked: no usable address, or no token.
    """
    address = read_address(wanted.url or usual_address())
    token = token_for(address, wanted.person, wanted.roles, wanted.audience)
    steps = NextSteps.of(wanted, local=address.local)
    try:
        with Calls(address, token) as calls:
            answer = ask(calls, steps)
        if answer is None:
            return NOT_DONE
        if wanted.json:
            _pass_on(answer.content)
        elif answer.is_success:
            print_all(console(), tell(answer, steps))
        else:
            print_all(console(errors=True), problem_told(answer, steps))
        return judge(answer) if answer.is_success else NOT_DONE
    except httpx.RequestError as error:
        print_all(console(errors=True), _no_answer(error, address, wanted, steps))
    except ReadinessError as error:
        print_all(console(errors=True), [Text(visible(str(error)))])
    return NOT_DONE


def _pass_on(content: bytes) -> None:
    """Write an answer as it came, and on a terminal let the prompt begin on a line of its own."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    if sys.stdout.isatty() and not content.endswith(b"\n"):
        sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()


def _no_answer(
    error: httpx.RequestError, address: Address, wanted: Namespace, steps: NextSteps
) -> Iterator[RenderableType]:
    reason = visible(str(error)) or type(error).__name__
    yield Text(f"No answer came from {visible(address.url)}: {reason}", style="bold red")
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        if address.local:
            yield to_do("`python -m local up` serves the app on this machine.")
    elif getattr(wanted, "key", None):
        yield to_do(
            "it may have been planned: the same command with"
            f" --key {wanted.key} plans nothing twice, and gives the first answer."
        )
    elif getattr(wanted, "id", None):
        yield to_do(f"it may have been done: {steps.restore('show', wanted.id)}")
