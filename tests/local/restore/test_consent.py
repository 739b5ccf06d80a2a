"""Nobody writes the setting of a whole tenant by a slip of the hand."""

import io

import pytest

from local.restore import command
from shared.errors import ReadinessError
from tests.local.restore.conftest import Person
from tests.local.restore.saying import planned, told
from tests.local.restore.stand_in import StandIn

AT_ONCE = ("plan", "enabled", "--reason", "x", "--apply")


class Terminal(io.StringIO):
    """Somebody at the keyboard."""

    def isatty(self) -> bool:
        return True


def answering(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(words))


@pytest.mark.parametrize("argv", [("apply", "c1"), AT_ONCE])
def test_where_nobody_can_be_asked_yes_has_to_be_given(
    argv: tuple[str, ...], app: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))

    with pytest.raises(ReadinessError, match="give --yes"):
        command.main(argv)
    assert app.asked == []


def test_a_plan_alone_asks_nobody(
    app: StandIn, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, "")
    app.answers(planned(), 201)

    assert person.types("plan", "enabled", "--reason", "x")[0] == 0


def test_who_says_yes_applies_the_change_as_it_was_shown_and_no_other(
    app: StandIn, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, "y\n")
    app.answers(told(), 200, {"ETag": '"2-approved"'})
    app.answers(told(state="applied"))
    status, said = person.types("apply", "c1")

    assert status == 0
    assert "Change c1: notConfigured -> enabled, approved" in said
    assert "Write this to the tenant? [y/N]" in said
    assert app.asked[1].headers["If-Match"] == '"2-approved"'


@pytest.mark.parametrize("words", ["n\n", "\n", "", "yess\n"])
@pytest.mark.parametrize("argv", [("apply", "c1"), AT_ONCE])
def test_everything_but_a_yes_is_a_no_and_nothing_is_asked_of_the_app(
    words: str,
    argv: tuple[str, ...],
    app: StandIn,
    person: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answering(monkeypatch, words)
    app.answers(told())
    status, said = person.types(*argv)

    assert status == 1
    assert "Nothing was done." in said
    assert [asked for asked in app.asked if asked.method == "POST"] == []


def test_a_change_that_is_not_there_is_told_instead_of_asked_about(
    app: StandIn, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, "y\n")
    app.refuses("not-found", 404, "There is no change c1.")
    status, said = person.types("apply", "c1")

    assert status == 1
    assert "There is no change c1." in said
    assert "[y/N]" not in said
