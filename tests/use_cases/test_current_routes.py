"""Somebody is told, whatever is wrong with the routes that were meant to be in force."""

from collections.abc import Mapping

from shared.domain.routes import Routes
from shared.use_cases.current_routes import current_routes
from tests.fakes import Calls
from tests.telling_fakes import FakeSettingsFiles

SETTINGS = {"TEAMS_WEBHOOK_URL": "given", "MAIL_TO": "it@contoso.example"}
FILE = """
default = ["it"]
[[channels]]
name = "it"
kind = "teams"
secret = "TEAMS_WEBHOOK_URL"
"""


async def routes(text: str | None, settings: Mapping[str, str]) -> tuple[Routes, str | None]:
    files = FakeSettingsFiles(Calls())
    if text is not None:
        files.put("routes", text)
    return await current_routes(files, settings)


async def test_a_file_that_is_in_order_is_in_force() -> None:
    found, wrong = await routes(FILE, {})
    assert ([channel.name for channel in found.channels], wrong) == (["it"], None)


async def test_a_file_that_is_not_gives_way_to_the_settings() -> None:
    found, wrong = await routes("default = 1", {"TEAMS_WEBHOOK_URL": "given"})
    assert found.default == ("teams",)
    assert "the routes file cannot be used" in str(wrong)


async def test_of_settings_that_cannot_be_used_the_other_channels_stay() -> None:
    found, wrong = await routes(None, SETTINGS)
    assert (found.default, [channel.name for channel in found.channels]) == (("teams",), ["teams"])
    assert "MAIL_FROM is missing" in str(wrong)


async def test_without_any_channel_nobody_is_told_and_nothing_is_wrong() -> None:
    assert await routes(None, {}) == (Routes((), ()), None)
