"""A digest as each channel would be sent it, in files."""

from pathlib import Path

from msgspec import Struct

from local.notify.files import write_message
from shared.domain.default_routes import TEAMS_URL, WEBHOOK_URL, default_routes
from shared.domain.digest import DigestView
from shared.domain.routes import Channel, Routes
from shared.ports import Telling
from shared.report.render.links import Links
from shared.use_cases.outbox import addressed
from shared.use_cases.render import most_lines, render
from shared.use_cases.send_notification import BY_LINES, has_nothing_to_say

SAMPLES = {
    TEAMS_URL: "not sent anywhere",
    "MAIL_FROM": "readiness@contoso.example",
    "MAIL_TO": "it@contoso.example",
    WEBHOOK_URL: "not sent anywhere",
}
"""Settings that make a channel for each form a digest takes."""


class Preview(Struct, frozen=True):
    """What one channel would be sent; no files where nothing of the digest goes there."""

    channel: str
    files: tuple[Path, ...]

    def __str__(self) -> str:
        names = "  ".join(file.name for file in self.files)
        return f"{self.channel}: {names or 'nothing of it goes there'}"


async def preview(
    digest: str, telling: Telling, routes: Routes, links: Links, folder: Path
) -> tuple[Preview, ...]:
    """Write a digest into a folder, as each channel would be sent it.

    Without any channel it is written as one of each form would be.
    """
    shown = routes if routes.channels else default_routes(SAMPLES)
    previews = []
    for channel in shown.channels:
        view = await telling.view(digest, shown, channel.name, most_lines(channel))
        files = _write(view, channel, links, folder) if _is_told(view, channel, shown) else ()
        previews.append(Preview(channel.name, files))
    return tuple(previews)


def _is_told(view: DigestView, channel: Channel, routes: Routes) -> bool:
    digest = view.digest
    sent = addressed(routes, digest, lines=digest.kind in BY_LINES)
    return (digest.id, channel.name) in sent and not has_nothing_to_say(view)


def _write(view: DigestView, channel: Channel, links: Links, folder: Path) -> tuple[Path, ...]:
    return write_message(render(view, channel, links), folder, channel.name)
