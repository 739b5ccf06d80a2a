"""Routes are checked, put in force and shown from the command line, in a real storage."""

from pathlib import Path
from uuid import uuid4

import pytest

from local.routes import main, show
from shared.errors import InputError

SOUND = """
default = ["teams"]
operations = ["duty"]
[[channels]]
name = "teams"
kind = "teams"
secret = "TEAMS_WEBHOOK_URL"
time_zone = "Europe/Berlin"
quiet = {begin = "22:00", end = "06:30"}
[[channels]]
name = "duty"
kind = "graph_mail"
sender = "readiness@contoso.example"
to = ["duty@contoso.example", "more@contoso.example"]
[[routes]]
to = ["duty", "teams"]
categories = ["\tКиоск"]
[[routes]]
to = ["duty"]
kinds = ["storm"]
"""


@pytest.fixture
def _installation(storage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A storage of this test's own, and no channel in the settings."""
    monkeypatch.setenv("AzureWebJobsStorage", storage)
    monkeypatch.setenv("READINESS_CONTAINER", f"test-{uuid4()}")
    for name in ("TEAMS_WEBHOOK_URL", "MAIL_FROM", "MAIL_TO", "WEBHOOK_URL", "TIME_ZONE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "routes.toml"
    path.write_text(SOUND, encoding="utf-8")
    return path


def test_a_sound_file_is_told_channel_by_channel(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(file)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "teams (teams, by TEAMS_WEBHOOK_URL, Europe/Berlin, quiet 22:00 to 06:30):"
        " 1 of 2 routes, what no route matches",
        "duty (graph_mail, to duty@contoso.example, more@contoso.example, UTC):"
        " 2 of 2 routes, operations",
    ]


def test_a_byte_order_mark_does_not_matter(file: Path) -> None:
    file.write_text(SOUND, encoding="utf-8-sig")
    assert main(["check", str(file)]) == 0


@pytest.mark.usefixtures("_installation")
def test_what_is_pushed_is_shown_as_it_was_written(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["push", str(file)]) == 0
    assert main(["push", str(file)]) == 0
    assert "in force" in capsys.readouterr().out
    assert main(["show"]) == 0
    assert capsys.readouterr().out == SOUND


@pytest.mark.usefixtures("_installation")
def test_a_file_that_is_not_in_order_is_never_pushed(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(SOUND.replace('"duty"]', '"ops"]'), encoding="utf-8")
    for verb in ("check", "push"):
        with pytest.raises(InputError, match="operations names the channel 'ops'"):
            main([verb, str(file)])
    main(["show"])
    assert "There is no routes file" in capsys.readouterr().out


@pytest.mark.usefixtures("_installation")
def test_without_a_file_the_channels_of_the_settings_are_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["show"]) == 0
    assert "nobody is told anything" in capsys.readouterr().out

    monkeypatch.setenv("TEAMS_WEBHOOK_URL", "https://example.org/?sig=s3cr3t")
    assert main(["show"]) == 0
    said = capsys.readouterr().out
    assert "teams (teams, by TEAMS_WEBHOOK_URL, UTC): what no route matches, operations" in said
    assert "s3cr3t" not in said


@pytest.mark.parametrize(("content", "said"), [(None, "cannot be read"), (b"\xe9", "not in UTF-8")])
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=rf"mine\.toml.* {said}"):
        main(["check", str(path)])


def test_a_stored_file_that_is_not_in_order_is_shown_with_its_problems(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert show("default = []\t# \u202e[bold]") == 1
    said = capsys.readouterr()
    assert said.out == "default = []\t# \\u202e[bold]\n"
    assert "channels is missing" in said.err
