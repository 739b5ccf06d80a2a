"""A digest is shown as each channel would be sent it."""

from pathlib import Path
from typing import cast

import msgspec

from local.notify.preview import preview
from shared.domain.digest import DigestKind, DigestView
from shared.domain.routes import Channel, Route, Routes
from shared.ports import Telling
from tests.report.render.digests import LINKS, lines, view
from tests.telling_builders import teams

MAIL = Channel("desk", "smtp_mail", to=("it@contoso.example",), sender="us@contoso.example")
NOBODY = Routes((), ())


class FakeTelling:
    """One digest, of which the channel `kiosk` is to see nothing."""

    def __init__(self, seen: DigestView) -> None:
        self.seen = seen

    async def view(self, id: str, routes: Routes, channel: str, most: int) -> DigestView:
        assert id == self.seen.digest.id
        assert channel in {each.name for each in routes.channels}
        if channel == "kiosk":
            return DigestView(self.seen.digest, 0, ())
        return msgspec.structs.replace(self.seen, lines=self.seen.lines[:most])


async def shown(seen: DigestView, routes: Routes, folder: Path) -> dict[str, list[str]]:
    telling = cast("Telling", FakeTelling(seen))
    previews = await preview(seen.digest.id, telling, routes, LINKS, folder)
    assert all(file.parent == folder and file.stat().st_size for p in previews for file in p.files)
    return {each.channel: [file.name for file in each.files] for each in previews}


async def test_each_channel_has_files_of_its_name(tmp_path: Path) -> None:
    routes = Routes((teams(), MAIL), ("teams", "desk"))

    assert await shown(view(lines(3)), routes, tmp_path / "new") == {
        "teams": ["teams.json"],
        "desk": ["desk.html", "desk.txt", "desk.csv"],
    }


async def test_without_channels_it_is_shown_in_every_form(tmp_path: Path) -> None:
    assert await shown(view(lines(3)), NOBODY, tmp_path) == {
        "teams": ["teams.json"],
        "mail": ["mail.html", "mail.txt", "mail.csv"],
        "webhook": ["webhook.json"],
    }
    card = msgspec.json.decode((tmp_path / "teams.json").read_bytes())
    assert card["attachments"][0]["content"]["type"] == "AdaptiveCard"
    assert msgspec.json.decode((tmp_path / "webhook.json").read_bytes())["specversion"] == "1.0"


async def test_a_channel_that_no_line_leads_to_has_no_files(tmp_path: Path) -> None:
    routes = Routes((teams(), teams("kiosk")), ("teams", "kiosk"))

    assert await shown(view(lines(1)), routes, tmp_path) == {"teams": ["teams.json"], "kiosk": []}


async def test_a_digest_without_lines_goes_where_its_kind_is_routed(tmp_path: Path) -> None:
    channels = tuple(map(teams, ("main", "ops", "desk")))
    routes = Routes(channels, ("main",), (Route(("desk",), kinds=("storm",)),), operations=("ops",))

    leads: list[tuple[DigestKind, str]] = [
        ("storm", "desk"),
        ("operations", "ops"),
        ("tenant", "main"),
    ]
    for kind, channel in leads:
        told = await shown(view(kind=kind), routes, tmp_path)
        assert [name for name, files in told.items() if files] == [channel]
