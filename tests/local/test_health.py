"""The health report is readable, and its end tells scripts whether it is failing."""

import io
import json
from contextlib import nullcontext
from datetime import UTC, datetime

import pytest
from rich.console import Console

from local import health
from shared.report.health import Check, Health, Standing

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SNAPSHOT = Check("snapshot", "ok", "The last complete sweep began 10 hours ago.", NOON)
DRIFT = Check("drift", "attention", "The policy 'a\x1b[2J[bold]' was removed.", None, "Check it.")


def report(state: Standing = "attention") -> Health:
    return Health(state, NOON, (SNAPSHOT, DRIFT))


def told(report: Health) -> str:
    out = io.StringIO()
    health.tell(report, Console(file=out, width=120, highlight=False, markup=False, emoji=False))
    return out.getvalue()


def test_every_check_is_told_with_since_when_and_what_to_do() -> None:
    assert [line.rstrip() for line in told(report()).splitlines()] == [
        "Health: attention",
        "ok         snapshot: The last complete sweep began 10 hours ago."
        " (since 2026-11-22 12:00 UTC)",
        r"attention  drift: The policy 'a\x1b[2J[bold]' was removed.",
        "           To do: Check it.",
    ]


def test_names_cannot_speak_to_the_terminal() -> None:
    assert r"'a\x1b[2J[bold]'" in told(report())


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Health]:
    """The reports that are made, one after the other."""
    made: list[Health] = []

    async def reported(_: str) -> Health:
        return made.pop(0)

    monkeypatch.setattr(health, "connected", lambda: nullcontext("a connection"))
    monkeypatch.setattr(health, "_health", reported)
    return made


@pytest.mark.parametrize(("state", "status"), [("ok", 0), ("attention", 0), ("failing", 1)])
def test_the_exit_status_is_1_when_something_fails(
    answers: list[Health], state: Standing, status: int
) -> None:
    answers.append(report(state))

    assert health.main([]) == status


def test_as_json_it_is_what_the_app_answers(
    answers: list[Health], capsys: pytest.CaptureFixture[str]
) -> None:
    answers.append(report())
    health.main(["--json"])

    said = json.loads(capsys.readouterr().out)
    assert (said["state"], said["at"]) == ("attention", "2026-11-22T12:00:00Z")
    assert [check["name"] for check in said["checks"]] == ["snapshot", "drift"]
