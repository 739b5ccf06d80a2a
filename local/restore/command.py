"""`python -m local restore`: see the tenant's restore setting, and change it under control."""

from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import httpx
from rich.console import RenderableType
from rich.text import Text

from local.restore.answers import FAILED, WAITS, Listing, Status, ToldChange, read
from local.restore.calls import Calls
from local.restore.change_told import change_told
from local.restore.consent import consents, must_be_asked
from local.restore.history_told import listing_told, story_told
from local.restore.layout import console, print_all
from local.restore.next_step import NextSteps
from local.restore.options import checked, restore_parser
from local.restore.settle import settled
from local.restore.status_told import status_told
from local.restore.talk import DONE, NOT_DONE, NOT_SETTLED, talk
from shared.domain.restore_change import OPEN

CHANGES = "restore-setting/changes"


def main(argv: Sequence[str]) -> int:
    """Ask the app, and print its answer; --help tells of the exit status.

    Raises ReadinessError where nothing could be asked.
    """
    wanted = checked(restore_parser(), argv)
    operation = OPERATIONS[wanted.command]
    wanted.asks = _writes(wanted) and must_be_asked(wanted.yes)

    def ask(calls: Calls, steps: NextSteps) -> httpx.Response | None:
        answer = operation.ask(wanted, calls, steps)
        if answer is None or not getattr(wanted, "wait", False):
            return answer
        return settled(answer, calls, wanted.patience * 60)

    return talk(wanted, ask, operation.tell, lambda answer: _judged(wanted, answer))


def _writes(wanted: Namespace) -> bool:
    return wanted.command == "apply" or getattr(wanted, "apply", False)


def _judged(wanted: Namespace, answer: httpx.Response) -> int:
    if not _writes(wanted) and wanted.command != "confirm":
        return DONE
    state = read(answer, ToldChange).state
    if state in FAILED:
        return NOT_DONE
    return NOT_SETTLED if state in OPEN | WAITS else DONE


def _status(_: Namespace, calls: Calls, __: NextSteps) -> httpx.Response:
    return calls.get("restore-setting")


def _plan(wanted: Namespace, calls: Calls, _: NextSteps) -> httpx.Response | None:
    return _planned(CHANGES, {"state": wanted.state}, wanted, calls)


def _revert(wanted: Namespace, calls: Calls, _: NextSteps) -> httpx.Response | None:
    return _planned(f"{CHANGES}/{wanted.id}/revert", {}, wanted, calls)


def _planned(
    path: str, body: dict[str, Any], wanted: Namespace, calls: Calls
) -> httpx.Response | None:
    question = "Write it to the tenant at once, if nothing stands against it?"
    if wanted.asks and not consents(question, console(errors=True)):
        return None
    body |= {"reason": wanted.reason, "apply": wanted.apply, **_override(wanted)}
    if wanted.ticket is not None:
        body["ticket"] = wanted.ticket
    return calls.post(path, body, key=wanted.key)


def _approve(wanted: Namespace, calls: Calls, _: NextSteps) -> httpx.Response:
    return calls.post(f"{CHANGES}/{wanted.id}/approve", {})


def _reject(wanted: Namespace, calls: Calls, _: NextSteps) -> httpx.Response:
    body = {} if wanted.why is None else {"why": wanted.why}
    return calls.post(f"{CHANGES}/{wanted.id}/reject", body)


def _apply(wanted: Namespace, calls: Calls, steps: NextSteps) -> httpx.Response | None:
    """Apply a change; where somebody was asked, only as it stood when they were."""
    seen = None
    if wanted.asks:
        shown = _show(wanted, calls, steps)
        if not shown.is_success:
            return shown
        terminal = console(errors=True)
        print_all(terminal, change_told(read(shown, ToldChange), ()))
        if not consents("Write this to the tenant?", terminal):
            return None
        seen = shown.headers.get("ETag")
    return calls.post(f"{CHANGES}/{wanted.id}/apply", _override(wanted), if_match=seen)


def _confirm(wanted: Namespace, calls: Calls, _: NextSteps) -> httpx.Response:
    return calls.post(f"{CHANGES}/{wanted.id}/confirm", {})


def _show(wanted: Namespace, calls: Calls, _: NextSteps) -> httpx.Response:
    return calls.get(f"{CHANGES}/{wanted.id}")


def _history(wanted: Namespace, calls: Calls, steps: NextSteps) -> httpx.Response:
    if wanted.id is not None:
        return _show(wanted, calls, steps)
    return calls.get(CHANGES, limit=wanted.limit, before=wanted.before)


def _override(wanted: Namespace) -> dict[str, Any]:
    if not wanted.gates:
        return {}
    return {"override": {"gates": wanted.gates, "reason": wanted.why}}


def _tell_status(answer: httpx.Response, _: NextSteps) -> Iterator[RenderableType]:
    return status_told(read(answer, Status))


def _tell_change(answer: httpx.Response, steps: NextSteps) -> Iterator[RenderableType]:
    if answer.headers.get("Idempotency-Replayed") == "true":
        yield Text("This was asked before under the same key; this is the first answer again.")
    change = read(answer, ToldChange)
    yield from change_told(change, steps.after(change))


def _tell_history(answer: httpx.Response, steps: NextSteps) -> Iterator[RenderableType]:
    if b'"changes"' not in answer.content:
        return story_told(read(answer, ToldChange))
    listing = read(answer, Listing)
    return listing_told(listing, steps.restore("history", f"--before {listing.next}"))


class Operation(NamedTuple):
    """A question, and how its answer is told."""

    ask: Callable[[Namespace, Calls, NextSteps], httpx.Response | None]
    tell: Callable[[httpx.Response, NextSteps], Iterator[RenderableType]]


OPERATIONS = {
    "status": Operation(_status, _tell_status),
    "plan": Operation(_plan, _tell_change),
    "approve": Operation(_approve, _tell_change),
    "reject": Operation(_reject, _tell_change),
    "apply": Operation(_apply, _tell_change),
    "confirm": Operation(_confirm, _tell_change),
    "revert": Operation(_revert, _tell_change),
    "history": Operation(_history, _tell_history),
    "show": Operation(_show, _tell_change),
}
