"""An answer is passed on as it came where that is wanted, and what went wrong is said."""

import pytest

from local.restore import command
from shared.errors import ReadinessError
from tests.local.restore.conftest import Person
from tests.local.restore.stand_in import StandIn


@pytest.mark.parametrize("status", [200, 409])
def test_as_json_the_very_bytes_are_printed(
    status: int, app: StandIn, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    body = b'{ "title" :"x", "says":"\xc3\xa9\\u001b" }'
    app.answers(body, status)

    assert command.main(["show", "c1", "--json"]) == (0 if status == 200 else 1)
    assert capfdbinary.readouterr().out == body


def test_an_answer_in_another_form_says_that_json_shows_it(app: StandIn, person: Person) -> None:
    app.answers(b"<html>")
    status, said = person.types("show", "c1")

    assert status == 1
    assert "cannot be read" in said
    assert "--json shows it as it came" in said


def test_an_app_that_is_not_there_says_how_to_serve_one(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READINESS_URL", "http://127.0.0.1:9")
    status, said = person.types("status")

    assert status == 1
    assert "To do: `python -m local up` serves the app on this machine." in said


def test_http_to_another_machine_is_refused_before_a_token_is_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def token_for(*_: object) -> str:
        raise AssertionError("a token was asked for")

    monkeypatch.setattr("local.restore.talk.token_for", token_for)

    with pytest.raises(ReadinessError, match=r"use https://app\.example"):
        command.main(["status", "--url", "http://app.example"])
