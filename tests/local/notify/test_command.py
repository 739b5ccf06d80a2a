"""Channels are tried from the command line, over real sockets, and digests are shown."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from local.notify import command
from local.notify.command import main
from local.stored import opened
from shared.domain.digest import Digest
from shared.errors import InputError
from tests.adapters.notify.receiver import Receiver, receiving

SECRET = "s3cr3t"
ROUTES = """
default = ["it"]
[[channels]]
name = "it"
kind = "webhook"
secret = "IT_URL"
"""


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TEAMS_WEBHOOK_URL", "MAIL_FROM", "MAIL_TO", "WEBHOOK_URL", "TIME_ZONE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("AzureWebJobsStorage", raising=False)
    monkeypatch.setattr(command, "is_there", lambda: "AzureWebJobsStorage" in os.environ)


@pytest.fixture
def installation(storage: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A storage of this test's own."""
    monkeypatch.setenv("AzureWebJobsStorage", storage)
    monkeypatch.setenv("READINESS_CONTAINER", f"test-{uuid4()}")
    return storage


def point_to(receiver: Receiver, monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setenv(setting, f"{receiver.url}?sig={SECRET}")


async def run(*arguments: str) -> int:
    return await asyncio.to_thread(main, arguments)


async def test_a_test_says_what_the_other_side_answered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with receiving() as receiver:
        receiver.headers = {"x-ms-workflow-run-id": "0858"}
        point_to(receiver, monkeypatch, "TEAMS_WEBHOOK_URL")
        assert await run("test", "teams") == 0

    (received,) = receiver.received
    (attached,) = msgspec.json.decode(received.body)["attachments"]
    assert "This is a test" in str(attached["content"])
    said = capsys.readouterr().out
    assert said.startswith("teams (teams) took the test and answered 202 (0858).\n")
    assert SECRET not in said


@pytest.mark.parametrize(("status", "said"), [(404, "flow was deleted"), (500, "answered 500")])
async def test_a_test_that_is_not_accepted_ends_with_status_1_and_what_to_do(
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with receiving() as receiver:
        receiver.status = status
        point_to(receiver, monkeypatch, "TEAMS_WEBHOOK_URL")
        assert await run("test", "teams") == 1

    error = capsys.readouterr().err
    assert error.startswith("The test was not accepted: the webhook of teams answered")
    assert said in error
    assert SECRET not in error


async def test_a_channel_of_the_routes_file_is_tried_with_the_secret_that_it_names(
    installation: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened(installation) as stored:
        await stored.settings_files.write_routes(ROUTES, None)
    assert await run("test", "it") == 1
    assert "the setting IT_URL is missing" in capsys.readouterr().err

    async with receiving() as receiver:
        point_to(receiver, monkeypatch, "IT_URL")
        assert await run("test", "it") == 0
    assert msgspec.json.decode(receiver.received[0].body)["type"] == "readiness.digest.test"


async def test_the_channels_of_the_settings_are_tried_when_the_file_is_not_in_order(
    installation: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened(installation) as stored:
        await stored.settings_files.write_routes("default = [", None)
    async with receiving() as receiver:
        point_to(receiver, monkeypatch, "WEBHOOK_URL")
        assert await run("test", "webhook") == 0
    assert "So the channels of the settings are used." in capsys.readouterr().err


async def test_a_channel_that_is_not_there_is_named_beside_those_that_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(InputError, match=r"no channel 'teams'; none is set"):
        await run("test", "teams")
    monkeypatch.setenv("TEAMS_WEBHOOK_URL", "https://example.org/")
    with pytest.raises(InputError, match=r"no channel 'duty'; there are teams"):
        await run("test", "duty")


async def test_the_last_digest_is_written_for_every_channel(
    installation: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run("preview", "--out", str(tmp_path)) == 1
    assert "Nothing has been told yet" in capsys.readouterr().out

    async with opened(installation) as stored:
        for id in ("1-tenant", "2-storm"):
            await stored.telling.store(Digest(id, "storm", datetime.now(UTC)), None)
    assert await run("preview", "--out", str(tmp_path)) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"Digest 2-storm, as any channel would be sent it, in {tmp_path}:",
        "  teams: teams.json",
        "  mail: mail.html  mail.txt",
        "  webhook: webhook.json",
    ]
