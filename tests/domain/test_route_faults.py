"""Channels and routes that cannot work are found before anything is sent."""

from datetime import UTC, time
from typing import Any

import pytest

from shared.domain.route_faults import (
    NEEDED,
    OWN,
    WELCOME,
    channel_faults,
    route_faults,
    target_faults,
)
from shared.domain.routes import Channel, QuietHours, Route
from tests.telling_builders import REASON, teams

SECRET = "https://prod-1.logic.azure.com/workflows/x?sig=s3cr3t"
KNOWN = {REASON}


def mail(**differing: Any) -> Channel:
    values = {"name": "mail", "kind": "graph_mail", "to": ("a@x.org",), "sender": "b@x.org"}
    return Channel(**(values | differing))


def told(channel: Channel) -> list[str]:
    return [str(fault) for fault in channel_faults(channel)]


@pytest.mark.parametrize(
    "channel",
    [
        teams(),
        teams("it-ops-2", envelope="card", time_zone="Asia/Kathmandu"),
        teams(quiet=QuietHours(time(22), time(6))),
        mail(),
        mail(kind="smtp_mail", to=("Ärzte@müller.example", "x+y@a-b.co.uk")),
        Channel("hook", "webhook", secret="WEBHOOK_URL", signing_key="WEBHOOK_KEY"),
    ],
)
def test_a_sound_channel_has_no_faults(channel: Channel) -> None:
    assert told(channel) == []


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        *((teams(name), "name must be") for name in ("", "Ops", "a--b", "-a", "a/b", "a" * 33)),
        (teams(secret=None), "secret is missing, which a channel of kind teams needs"),
        (mail(to=()), "to is missing"),
        (mail(sender=None), "sender is missing"),
        (mail(envelope="card"), "envelope means nothing for a channel of kind graph_mail"),
        (teams(sender="b@x.org"), "sender means nothing"),
        (teams(signing_key="KEY"), "signing_key means nothing"),
        (teams(secret="teams_url"), "secret must be the name of an app setting"),
        (mail(sender="b"), "sender is no mail address"),
        (mail(to=("a@x.org", "b@x")), "to[2] is no mail address"),
        (mail(to=("a@x.org, b@x.org",)), "to[1] is no mail address"),
        (mail(to=("a@x.org\r\nBcc: b@x.org",)), "to[1] is no mail address"),
        (mail(to=("a@x.org\0",)), "to[1] is no mail address"),
        (mail(to=("A <a@x.org>",)), "to[1] is no mail address"),
        (mail(sender="a@x..org"), "sender is no mail address"),
        (teams(time_zone="Mars/Phobos"), "time_zone is not known"),
        (teams(quiet=QuietHours(time(6), time(6))), "quiet.end is when it begins"),
        (teams(quiet=QuietHours(time(6, tzinfo=UTC), time(7))), "quiet.begin must have no offset"),
    ],
)
def test_each_fault_of_a_channel_is_told_with_its_field(channel: Channel, said: str) -> None:
    (fault,) = told(channel)
    assert said in fault


@pytest.mark.parametrize("field", ["name", "secret", "signing_key", "sender", "time_zone"])
def test_a_url_in_any_field_is_refused_and_never_repeated(field: str) -> None:
    hook = {"name": "hook", "kind": "webhook", "secret": "WEBHOOK_URL"}
    faults = told(Channel(**(hook | {field: SECRET})))  # type: ignore[arg-type]
    assert faults
    assert "s3cr3t" not in "".join(faults)


def test_every_kind_has_a_meaning_for_some_of_the_fields_that_depend_on_it() -> None:
    assert set().union(*NEEDED.values(), *WELCOME.values()) == OWN


def test_a_sound_route_has_no_faults() -> None:
    assert list(route_faults(Route(("ops",), reasons=(REASON,)), {"ops"}, KNOWN)) == []


def test_each_fault_of_a_route_is_told_with_its_field() -> None:
    wrong = Route(("main", "ops"), reasons=(REASON, "x"), kinds=("sweep", "operations"))
    assert [str(fault) for fault in route_faults(wrong, {"main"}, KNOWN)] == [
        "to names the channel 'ops', which is not there",
        "reasons[2] is not known: known are os_build_too_old",
        "kinds holds operations, which go to the channels that `operations` lists",
    ]


def test_a_list_of_channels_must_name_some_and_repeats_no_url() -> None:
    assert [str(fault) for fault in target_faults("default", (), {"ops"})] == [
        "default names no channel"
    ]
    assert [str(fault) for fault in target_faults("default", (SECRET,), {"ops"})] == [
        "default names a channel, which is not there"
    ]
