"""Who is told what is read from a file, and everything that is wrong with the file is told."""

import traceback
from datetime import time

import pytest

from shared.domain.routes import Channel, QuietHours, Route, Routes
from shared.errors import InputError, SettingsError
from shared.use_cases.read_routes import parse_routes, read_routes

URL = "https://prod-1.logic.azure.com/workflows/x?sig=s3cr3t"
FILE = """
default = ["teams"]
operations = ["duty"]

[[channels]]
name = "teams"
kind = "teams"
secret = "TEAMS_WEBHOOK_URL"
time_zone = "Europe/Berlin"
quiet = {begin = "22:00", end = 06:00:00}

[[channels]]
name = "duty"
kind = "graph_mail"
sender = "readiness@contoso.example"
to = ["duty@contoso.example"]
user_names = false

[[routes]]
to = ["duty"]
reasons = ["tenant_restore_not_enabled"]
capabilities = ["restore"]
severities = ["high"]
categories = ["Kiosk"]
profiles = ["Sales"]
models = ["Surface Pro 10"]
kinds = ["sweep", "changes"]
"""


def problems(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        parse_routes(text)
    told = "".join(traceback.format_exception(caught.value))
    assert "s3cr3t" not in told
    return str(caught.value).split("\n  ")[1:]


def changed(*changes: tuple[str, str]) -> str:
    text = FILE
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    return text


def test_everything_in_the_file_is_read() -> None:
    teams = Channel(
        "teams",
        "teams",
        secret="TEAMS_WEBHOOK_URL",
        time_zone="Europe/Berlin",
        quiet=QuietHours(time(22), time(6)),
    )
    duty = Channel(
        "duty",
        "graph_mail",
        sender="readiness@contoso.example",
        to=("duty@contoso.example",),
        user_names=False,
    )
    route = Route(
        to=("duty",),
        reasons=("tenant_restore_not_enabled",),
        capabilities=("restore",),
        severities=("high",),
        categories=("Kiosk",),
        profiles=("Sales",),
        models=("Surface Pro 10",),
        kinds=("sweep", "changes"),
    )
    assert parse_routes(FILE) == Routes((teams, duty), ("teams",), (route,), ("duty",))


def test_what_is_no_toml_is_told_by_its_line() -> None:
    with pytest.raises(InputError, match=r"no TOML: .* \(at line 8, column \d+\)"):
        parse_routes(changed(('"TEAMS_WEBHOOK_URL"', URL)))


def test_an_empty_file_says_what_it_must_have() -> None:
    assert problems("") == ["channels is missing", "default is missing"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('default = ["teams"]', "default = []", "default names no channel"),
        ('["duty"]', '["dty"]', "operations names the channel 'dty', which is not there"),
        ('name = "duty"', 'name = "teams"', "channels[2].name is that of a channel above"),
        ("name =", "nmae =", "channels[1].nmae is not known: did you mean 'name'?"),
        ('kind = "teams"', 'kind = "chat"', "channels[1].kind cannot be read: it must be one of"),
        ('"TEAMS_WEBHOOK_URL"', f'"{URL}"', "channels[1].secret must be the name of an app"),
        ("time_zone", f'url = "{URL}"\ntime_zone', "channels[1].url is not known"),
        ('"Europe/Berlin"', '"Berlin"', "channels[1].time_zone is not known"),
        ('"22:00"', '"25:00"', "channels[1].quiet.begin cannot be read: it must be a time"),
        ('"22:00"', '"06:00"', "channels[1].quiet.end is when it begins"),
        ("begin", "start", "channels[1].quiet"),
        ('["duty@contoso.example"]', '["duty"]', "channels[2].to[1] is no mail address"),
        ('"readiness@contoso.example"', '"x"', "channels[2].sender is no mail address"),
        ('to = ["duty"]', 'to = ["ops"]', "routes[1].to names the channel 'ops', which is not"),
        ('to = ["duty"]', f'to = ["{URL}"]', "routes[1].to names a channel, which is not there"),
        ("tenant_restore_not", "tenant_restore", "routes[1].reasons[1] is not known: did you"),
        ('["restore"]', '["restoring"]', "routes[1].capabilities[1] cannot be read: it must be"),
        ('"changes"]', '"tenants"]', "routes[1].kinds[2] cannot be read: it must be one of"),
        ('"changes"]', '"operations"]', "routes[1].kinds holds operations, which go to"),
        ("kinds", 'default = ["duty"]\nkinds', "routes[1].default belongs above the first table"),
        ("default =", "channel = 1\ndefault =", "channel is not known: did you mean 'channels'?"),
    ],
)
def test_each_problem_is_told_by_its_path(before: str, after: str, said: str) -> None:
    told = problems(changed((before, after)))
    assert any(problem.startswith(said) for problem in told)


def test_all_problems_are_told_at_once() -> None:
    wrong = changed(
        ('default = ["teams"]', 'default = ["nobody"]'),
        ('"Europe/Berlin"', '"Berlin"'),
        ('kind = "graph_mail"', 'kind = "mail"'),
        ('to = ["duty"]', "to = []"),
    )
    assert [problem.split()[0] for problem in problems(wrong)] == [
        *("default", "channels[1].time_zone", "channels[2].kind", "routes[1].to"),
    ]


@pytest.mark.parametrize("text", ["channels = 3", "channels = [3]", "routes = 'x'", "default = 1"])
def test_a_value_of_another_form_is_a_problem_and_no_crash(text: str) -> None:
    assert any("cannot be read" in problem for problem in problems(text))


def test_without_a_file_the_settings_say_who_is_told() -> None:
    (teams,) = read_routes(None, {"TEAMS_WEBHOOK_URL": URL}).channels
    assert teams.secret == "TEAMS_WEBHOOK_URL"


def test_a_file_counts_more_than_the_settings() -> None:
    assert read_routes(FILE, {"WEBHOOK_URL": URL}) == parse_routes(FILE)


def test_settings_that_cannot_work_are_all_named_once() -> None:
    settings = {
        "TEAMS_WEBHOOK_URL": URL,
        "MAIL_FROM": "readiness@contoso.example",
        "WEBHOOK_URL": URL,
        "TIME_ZONE": "Berlin",
    }
    with pytest.raises(SettingsError) as caught:
        read_routes(None, settings)
    assert str(caught.value) == (
        "the app settings cannot be used: TIME_ZONE is not known: it must be a name such as"
        " Europe/Amsterdam; MAIL_TO is missing, which a channel of kind graph_mail needs"
    )
    with pytest.raises(SettingsError, match=r"MAIL_TO is no mail address"):
        read_routes(None, {"MAIL_FROM": "a@contoso.example", "MAIL_TO": "nobody"})
