"""Without a routes file, whatever the settings name is a channel, and hears of everything."""

from shared.domain.default_routes import default_routes
from shared.domain.route_faults import channel_faults
from shared.domain.routes import Channel, Routes, channels_of, channels_of_digest
from tests.telling_builders import line

URL = "https://example.org/?sig=s3cr3t"
ALL = {
    "TEAMS_WEBHOOK_URL": URL,
    "MAIL_FROM": "readiness@x.org",
    "MAIL_TO": "a@x.org; b@x.org,\n c@x.org",
    "WEBHOOK_URL": URL,
    "WEBHOOK_KEY": "whsec_s3cr3t",
    "TIME_ZONE": "Europe/Berlin",
}


def test_every_kind_that_the_settings_configure_is_a_channel() -> None:
    teams, mail, webhook = default_routes(ALL).channels
    berlin = "Europe/Berlin"
    assert teams == Channel("teams", "teams", secret="TEAMS_WEBHOOK_URL", time_zone=berlin)
    assert mail == Channel(
        "mail",
        "graph_mail",
        to=("a@x.org", "b@x.org", "c@x.org"),
        sender="readiness@x.org",
        time_zone=berlin,
    )
    assert webhook == Channel(
        "webhook", "webhook", secret="WEBHOOK_URL", signing_key="WEBHOOK_KEY", time_zone=berlin
    )


def test_all_channels_are_sound_and_hear_of_everything() -> None:
    routes = default_routes(ALL)
    assert [list(channel_faults(channel)) for channel in routes.channels] == [[], [], []]
    assert channels_of(routes, "sweep", line()) == ("teams", "mail", "webhook")
    assert channels_of_digest(routes, "operations") == ("teams", "mail", "webhook")


def test_no_secret_gets_into_the_routes() -> None:
    assert "s3cr3t" not in repr(default_routes(ALL))


def test_mail_goes_by_smtp_where_a_host_is_named() -> None:
    (mail,) = default_routes(
        {"MAIL_FROM": "a@x.org", "MAIL_TO": "b@x.org", "SMTP_HOST": "h"}
    ).channels
    assert (mail.kind, mail.time_zone) == ("smtp_mail", "UTC")


def test_a_webhook_without_a_key_is_not_signed() -> None:
    (webhook,) = default_routes({"WEBHOOK_URL": URL, "WEBHOOK_KEY": " "}).channels
    assert webhook.signing_key is None


def test_half_of_the_mail_settings_makes_a_channel_that_is_found_faulty() -> None:
    (to_nobody,) = default_routes({"MAIL_FROM": "a@x.org"}).channels
    (from_nobody,) = default_routes({"MAIL_TO": "a@x.org"}).channels
    assert [fault.field for fault in channel_faults(to_nobody)] == ["to"]
    assert [fault.field for fault in channel_faults(from_nobody)] == ["sender"]


def test_without_any_setting_nobody_is_told() -> None:
    assert default_routes({"TEAMS_WEBHOOK_URL": " "}) == Routes(channels=(), default=())
