"""Messages that were given up are looked at, sent back and dropped, in a real storage."""

import json
from base64 import b64encode
from collections.abc import Callable
from uuid import uuid4

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.queue import QueueServiceClient, TextBase64DecodePolicy

from local.poison import main
from shared.errors import InputError
from shared.messages import NOTIFICATIONS, SendNotification, decode, encode

GiveUp = Callable[[str], str]


@pytest.fixture
def account(storage: str, monkeypatch: pytest.MonkeyPatch) -> QueueServiceClient:
    """A storage whose notifications are this test's alone."""
    monkeypatch.setenv("AzureWebJobsStorage", storage)
    monkeypatch.setenv("READINESS_CONTAINER", f"test-{uuid4()}")
    account = QueueServiceClient.from_connection_string(storage)
    for name in (NOTIFICATIONS, f"{NOTIFICATIONS}-poison"):
        try:
            account.create_queue(name)
        except ResourceExistsError:
            account.get_queue_client(name).clear_messages()
    return account


@pytest.fixture
def give_up(account: QueueServiceClient) -> GiveUp:
    def put(body: str) -> str:
        poison = account.get_queue_client(f"{NOTIFICATIONS}-poison")
        return str(poison.send_message(b64encode(body.encode()).decode()).id)

    return put


def arrived(account: QueueServiceClient) -> list[SendNotification]:
    queue = account.get_queue_client(NOTIFICATIONS, message_decode_policy=TextBase64DecodePolicy())
    return [decode(message.content, SendNotification) for message in queue.receive_messages()]


@pytest.mark.usefixtures("account")
def test_where_nothing_was_given_up_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", NOTIFICATIONS]) == 0
    assert capsys.readouterr().out == "No message was given up.\n"


def test_a_message_is_listed_and_shown(give_up: GiveUp, capsys: pytest.CaptureFixture[str]) -> None:
    id = give_up(encode(SendNotification("d1", "teams")))
    assert main(["list"]) == 1
    assert capsys.readouterr().out.split()[:2] == [NOTIFICATIONS, id]
    assert main(["show", NOTIFICATIONS, id]) == 0
    assert json.loads(capsys.readouterr().out) == {"digest": "d1", "channel": "teams", "tries": 0}


def test_a_message_is_replayed_and_begins_anew(
    account: QueueServiceClient, give_up: GiveUp, capsys: pytest.CaptureFixture[str]
) -> None:
    id = give_up(encode(SendNotification("d1", "teams", tries=9)))
    assert main(["replay", NOTIFICATIONS, id]) == 0
    assert "back on its queue" in capsys.readouterr().out
    assert arrived(account) == [SendNotification("d1", "teams")]
    assert main(["list", NOTIFICATIONS]) == 0


def test_messages_are_dropped_one_by_one_or_all(
    account: QueueServiceClient, give_up: GiveUp
) -> None:
    first, *_ = [give_up(f"{n}") for n in range(3)]
    assert main(["drop", NOTIFICATIONS, first]) == 0
    with pytest.raises(InputError, match="given up no message"):
        main(["drop", NOTIFICATIONS, first])
    assert main(["list", NOTIFICATIONS]) == 1
    assert main(["drop", NOTIFICATIONS, "--all"]) == 0
    assert main(["list", NOTIFICATIONS]) == 0
    assert arrived(account) == []


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["replay", NOTIFICATIONS], "name the messages by their ids"),
        (["drop", NOTIFICATIONS, "x", "--all"], "name the messages by their ids"),
        (["replay", NOTIFICATIONS, "x"], "given up no message 'x'"),
        (["show", NOTIFICATIONS, "x"], "no message 'x' among"),
    ],
)
def test_what_cannot_be_done_is_refused_and_says_why(asked: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        main(asked)


@pytest.mark.usefixtures("account")
def test_a_queue_that_is_not_the_apps_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in (["list"], ["drop", "--all"], ["replay", "--all"]):
        with pytest.raises(SystemExit):
            main([*verb, "somebody-elses"])
        assert NOTIFICATIONS in capsys.readouterr().err


def test_messages_cannot_speak_to_the_terminal(
    give_up: GiveUp, capsys: pytest.CaptureFixture[str]
) -> None:
    id = give_up("a\x1b[2Jb")
    main(["list", NOTIFICATIONS])
    main(["show", NOTIFICATIONS, id])
    said = capsys.readouterr().out
    assert said.count(r"a\x1b[2Jb") == 2
    assert "\x1b" not in said
