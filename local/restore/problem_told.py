"""Why the app refused or failed, and what to do."""

from collections.abc import Iterator

import httpx
from rich.console import RenderableType
from rich.text import Text

from local.assess.visible import visible
from local.restore.answers import Problem, read_problem
from local.restore.gates_table import gates_table
from local.restore.layout import to_do
from local.restore.next_step import ANOTHER, NextSteps

ADVICE = {
    "unauthenticated": "sign in anew (`az login`), or set READINESS_TOKEN to a token that holds.",
    "forbidden": "ask for the app role, or ask somebody who has it.",
    "gates-failed": "do what is said of each gate; whoever has the role RestoreSetting.Override"
    " may pass gates by name: --pass GATE --why TEXT.",
    "stale": "look again, since it has changed meanwhile; then repeat the command.",
    "key-reused": "leave --key out, or give another one.",
    "not-configured": "set API_AUDIENCE in the app's settings: docs/settings.md.",
    "not-found": "`python -m local restore history` lists the changes there are.",
}


def problem_told(response: httpx.Response, steps: NextSteps) -> Iterator[RenderableType]:
    """Lay out an answer that is no success."""
    problem = read_problem(response)
    yield Text(visible(problem.title), style="bold red")
    if problem.detail:
        yield Text(visible(problem.detail))
    if problem.gates:
        yield from gates_table("Gates that do not hold", problem.gates)
    yield from map(to_do, _advice(problem, response, steps))


def _advice(problem: Problem, response: httpx.Response, steps: NextSteps) -> Iterator[str]:
    if problem.name == "own-plan":
        yield f"call as another: --as {ANOTHER}." if steps.local else "ask somebody who may."
    elif problem.name == "conflict" and problem.change:
        yield f"see how it stands: {steps.restore('show', visible(problem.change))}"
    elif problem.name in ADVICE:
        yield ADVICE[problem.name]
    elif response.has_redirect_location:
        yield f"--url {visible(response.headers['Location'])}, if that is the app's address."
    elif response.status_code in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
        after = response.headers.get("Retry-After", "")
        yield f"try again in {after} s." if after.isdecimal() else "try again in a while."
    elif not problem.type:
        yield "see whether --url is the app's address."
