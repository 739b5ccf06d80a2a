"""Exemptions are kept from the command line, in a real storage."""

import io
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from rich.console import Console

from local.exempt import main, show, tell
from shared.domain.exemption import Exemption
from shared.errors import InputError
from tests.telling_builders import TODAY, exemption

SOON = str(datetime.now(UTC).date() + timedelta(days=30))
WORDS = ["--owner", "Zoë", "--why", "It is replaced in spring.", "--until", SOON]


@pytest.fixture
def installation(storage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A storage of this test's own."""
    monkeypatch.setenv("AzureWebJobsStorage", storage)
    monkeypatch.setenv("READINESS_CONTAINER", f"test-{uuid4()}")


def told(*every: Exemption, problems: tuple[str, ...] = (), ended: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=140, highlight=False, markup=False, emoji=False)
    tell(every, problems, TODAY, console, ended=ended)
    return out.getvalue()


@pytest.mark.usefixtures("installation")
def test_an_exemption_is_added_listed_and_ended(capsys: pytest.CaptureFixture[str]) -> None:
    scope = ["--category", "Kiosk", "--reason", "os_build_too_old"]
    assert main(["add", *scope, *WORDS]) == 0
    said = capsys.readouterr().out
    id = said.split("under the id ")[1].partition(":")[0]
    assert f"Exempt until {SOON}" in said

    assert main(["list"]) == 0
    _, listed = capsys.readouterr().out.splitlines()[:2]
    assert listed.startswith(f"{id}  category Kiosk")

    assert main(["end", id, "--why", "replaced"]) == 0
    today = datetime.now(UTC).date()
    assert capsys.readouterr().out == f"Exemption {id} ends with {today} (UTC).\n"


@pytest.mark.usefixtures("installation")
def test_before_the_first_one_there_are_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert capsys.readouterr().out == "There are no exemptions.\n"


@pytest.mark.usefixtures("installation")
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["add", *WORDS, "--reason", "os_build_too_old"], "device is missing"),
        (["add", *WORDS, "--device", "x", "--reason", "os_build_to_old"], "did you mean"),
        (["add", *WORDS, "--device", "x", "--until", "2099-01-01"], "more than a year"),
        (["end", "e9"], "there is no exemption 'e9'"),
    ],
)
def test_what_cannot_be_done_is_refused_and_says_why(asked: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        main(asked)


def test_each_is_told_with_its_scopes_and_the_days_that_are_left() -> None:
    assert [line.split() for line in told(exemption(category="Kiosk")).splitlines()] == [
        ["id", "exempt", "why", "ends", "with"],
        ["e1", "device", "NYC-LT-1", *exemption().why.split(), "2026-12-31"],
        ["category", "Kiosk", "(Zoë)", "39", "days", "left"],
        ["from", "os_build_too_old"],
    ]


def test_the_soonest_to_end_comes_first_and_those_that_have_ended_only_when_asked_for() -> None:
    over = exemption(id="over", expires=TODAY - timedelta(days=1))
    last, later = exemption(id="last", expires=TODAY), exemption(id="later", reason_code=None)

    def order(text: str) -> list[str]:
        return [line.split()[0] for line in text.splitlines()[1:] if line[0] != " "]

    assert order(told(later, over, last)) == ["last", "later"]
    everything = told(later, over, last, ended=True)
    assert order(everything) == ["over", "last", "later"]
    assert everything.index(" ended") < everything.index(" 0 days left")
    assert "from every reason" in everything
    assert told(over) == "There are no exemptions in force.\n"


def test_those_that_have_ended_are_dim_and_those_about_to_end_are_marked() -> None:
    out = io.StringIO()
    console = Console(file=out, width=140, force_terminal=True, color_system="standard")
    days = [timedelta(days=n) for n in (-1, 7, 8)]
    show([exemption(expires=TODAY + left) for left in days], TODAY, console)
    over, _, soon, _, later, _ = out.getvalue().splitlines()[1:]
    assert ("\x1b[2m" in over, "\x1b[33m" in soon) == (True, True)
    assert "\x1b" not in later


def test_bad_lines_are_told_beside_the_good_ones() -> None:
    text = told(exemption(), problems=("line 2: owner is empty",))
    assert "NYC-LT-1" in text
    assert text.endswith("Left out, line 2: owner is empty\n")


def test_names_cannot_speak_to_the_terminal() -> None:
    text = told(exemption(device="a\x1b[2J", owner="b\u202ec", why="[bold]d\ne"))
    assert r"a\x1b[2J" in text
    assert r"b\u202ec" in text
    assert "[bold]d" in text
    assert not set(text) & set("\x1b\u202e")
