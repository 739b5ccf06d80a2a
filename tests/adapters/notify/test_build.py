"""Channels become notifiers when they are sent to, with secrets that are named and never shown."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import pytest

from shared.adapters.graph.client import GraphClient
from shared.adapters.notify.build import Notifiers
from shared.adapters.notify.graph_mail import GraphMailNotifier
from shared.adapters.notify.smtp_mail import SmtpMailNotifier
from shared.adapters.notify.teams import TeamsNotifier
from shared.adapters.notify.webhook import WebhookNotifier
from shared.domain.routes import Channel, ChannelKind
from shared.errors import SettingsError

SECRET = "SECRET-THAT-NOBODY-SEES"
ENVIRON = {
    "TEAMS_URL": f"https://flow.example/run?sig={SECRET}",
    "SIEM_URL": f"https://siem.example/{SECRET}",
    "SIEM_KEY": SECRET * 2,
    "SMTP_HOST": "mail.example",
}
TEAMS = Channel("teams", "teams", secret="TEAMS_URL")
SIEM = Channel("siem", "webhook", secret="SIEM_URL", signing_key="SIEM_KEY")


class Building:
    """Notifiers of an environment, and how often Graph's client was asked for."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.graphs = 0
        self.notifiers = Notifiers(environ, self._graph)

    def _graph(self) -> GraphClient:
        self.graphs += 1
        return cast(GraphClient, object())


@pytest.fixture
async def building() -> AsyncIterator[Building]:
    made = Building(ENVIRON)
    yield made
    await made.notifiers.aclose()


@pytest.mark.parametrize(
    ("channel", "kind"),
    [
        (TEAMS, TeamsNotifier),
        (SIEM, WebhookNotifier),
        (Channel("mail", "smtp_mail"), SmtpMailNotifier),
        (Channel("mail", "graph_mail"), GraphMailNotifier),
    ],
)
async def test_each_kind_of_channel_has_its_notifier(
    building: Building, channel: Channel, kind: type[Any]
) -> None:
    assert isinstance(building.notifiers.of(channel), kind)


async def test_graph_is_asked_for_by_those_alone_that_send_through_it(building: Building) -> None:
    building.notifiers.of(TEAMS)
    assert building.graphs == 0
    building.notifiers.of(Channel("mail", "graph_mail"))
    assert building.graphs == 1


@pytest.mark.parametrize(
    ("missing", "channel"), [("TEAMS_URL", TEAMS), ("SIEM_URL", SIEM), ("SIEM_KEY", SIEM)]
)
@pytest.mark.parametrize("given", [None, "", "  "])
async def test_a_secret_that_is_missing_is_named(
    missing: str, channel: Channel, given: str | None
) -> None:
    environ = {n: v for n, v in ENVIRON.items() if n != missing}
    if given is not None:
        environ[missing] = given
    building = Building(environ)
    with pytest.raises(SettingsError) as caught:
        building.notifiers.of(channel)
    said = str(caught.value)
    assert said == f"the setting {missing} is missing, which the channel {channel.name} needs"
    await building.notifiers.aclose()


async def test_mail_by_smtp_needs_a_server() -> None:
    with pytest.raises(SettingsError, match="SMTP_HOST is missing"):
        Building({}).notifiers.of(Channel("mail", "smtp_mail"))


@pytest.mark.parametrize("port", ["0", "65536", "many", "٥"])
async def test_a_port_is_a_number(port: str) -> None:
    with pytest.raises(SettingsError, match="SMTP_PORT must be a whole number from 1 to 65535"):
        Building(ENVIRON | {"SMTP_PORT": port}).notifiers.of(Channel("mail", "smtp_mail"))


@pytest.mark.parametrize("kind", ["teams", "webhook"])
async def test_an_address_that_cannot_be_used_is_in_no_error(kind: ChannelKind) -> None:
    building = Building({"URL": f"http://flow.example/{SECRET}"})
    with pytest.raises(SettingsError) as caught:
        building.notifiers.of(Channel("it", kind, secret="URL"))
    assert SECRET not in str(caught.value)
    await building.notifiers.aclose()


async def test_notifiers_can_be_made_again_after_their_connections_were_closed(
    building: Building,
) -> None:
    building.notifiers.of(TEAMS)
    await building.notifiers.aclose()
    await building.notifiers.aclose()
    assert building.notifiers.of(TEAMS) is not None
