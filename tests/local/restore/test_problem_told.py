"""A refusal says why, which gates failed, and what to do."""

import msgspec
import pytest

from tests.local.restore.conftest import Person
from tests.local.restore.saying import FAILS
from tests.local.restore.stand_in import StandIn


def test_failed_gates_are_a_table_with_what_to_do(app: StandIn, person: Person) -> None:
    gates = msgspec.to_builtins([FAILS])
    app.refuses("gates-failed", 409, "1 gate does not hold.", gates=gates)
    status, said = person.types("apply", "c1", "--yes")
    rows = [line.split() for line in said.splitlines()]

    assert status == 1
    assert said.startswith("Gates-failed\n1 gate does not hold.\n")
    assert ["backup_reach", "fails", "30", "%", "at", "least", "50", "%"] in rows
    assert f"To do: {FAILS.do}" in said
    assert "--pass GATE --why TEXT" in said


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("own-plan", {}, "call as another: --as SOMEBODY-ELSE."),
        ("conflict", {"change": "c7"}, "see how it stands: python -m local restore show c7"),
        ("unauthenticated", {}, "set READINESS_TOKEN to a token that holds"),
        ("forbidden", {}, "ask for the app role"),
        ("stale", {}, "it has changed meanwhile"),
        ("not-configured", {}, "set API_AUDIENCE"),
    ],
)
def test_each_refusal_says_what_to_do(
    name: str,
    more: dict[str, str],
    said: str,
    app: StandIn,
    person: Person,
) -> None:
    app.refuses(name, 409, "It is so.", **more)
    ended, told = person.types("approve", "c1")

    assert ended == 1
    assert "It is so." in told
    assert said in told


@pytest.mark.parametrize(
    ("headers", "when"), [({"Retry-After": "30"}, "in 30 s."), ({}, "in a while.")]
)
def test_a_busy_app_says_when_to_come_again(
    headers: dict[str, str], when: str, app: StandIn, person: Person
) -> None:
    app.answers({"title": "Busy"}, 503, headers)

    assert f"To do: try again {when}" in person.types("status")[1]


def test_a_page_that_is_not_the_apps_is_told_by_its_status(app: StandIn, person: Person) -> None:
    app.answers(b"<html>no such page</html>", 404)
    status, said = person.types("status")

    assert status == 1
    assert "The answer was 404 Not Found, without a reason" in said
    assert "whether --url is the app's address" in said


def test_a_redirect_is_not_followed_but_told(app: StandIn, person: Person) -> None:
    app.answers(b"", 302, {"Location": "https://app.example"})
    status, said = person.types("status")

    assert (status, len(app.asked)) == (1, 1)
    assert "--url https://app.example, if that is the app's address" in said
