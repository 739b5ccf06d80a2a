"""Says what a sweep has people told, in files, and what became of it on each channel."""

import shutil
from pathlib import Path

from msgspec import Struct
from rich.console import Console
from rich.text import Text

from local.assess.visible import visible
from local.notify.preview import preview
from local.sweep.digests import composed, delivered
from local.sweep.programs import Host
from shared.bootstrap import Storage
from shared.config import Settings
from shared.domain.routes import Routes
from shared.report.render.links import Links
from shared.use_cases.current_routes import current_routes


async def tell_digests(
    sweep: str,
    after: str | None,
    *,
    host: Host,
    stored: Storage,
    settings: Settings,
    folder: Path,
    console: Console,
) -> bool:
    """Print what people are told of a sweep, by the digests that are newer than `after`.

    The folder holds these afterwards, and nothing else. False when something of it failed.
    """
    shutil.rmtree(folder, ignore_errors=True)
    say = _Sayer(console)
    if not await composed(sweep, host, stored.telling, stored.poison):
        say(f"What people are to be told could not be composed; the log says why: {host.log}")
        return False
    digests = await stored.telling.after(after)
    if not digests:
        say("Nothing is new since people were told last, so there is no digest.")
        return True
    routes, wrong = await current_routes(stored.settings_files, settings.channels)
    if wrong:
        say(wrong)
    telling = _Telling(host, stored, routes, Links(settings.dashboard), folder, say)
    told = [await telling.tell(digest) for digest in digests]
    if not routes.channels:
        say("No channel is set, so nobody was sent it: docs/notifications.md shows how.")
    return all(told)


class _Sayer(Struct, frozen=True):
    """Says what others wrote as text and nothing else."""

    console: Console

    def __call__(self, line: str) -> None:
        self.console.print(Text(visible(line)), soft_wrap=True)


class _Telling(Struct, frozen=True):
    """What each digest of a sweep is told with."""

    host: Host
    stored: Storage
    routes: Routes
    links: Links
    folder: Path
    say: _Sayer

    async def tell(self, id: str) -> bool:
        digest = await self.stored.telling.digest(id)
        if digest is None:
            return True
        here = self.folder / digest.kind
        sends = "sends" if self.routes.channels else "would send"
        self.say(f"The {digest.kind} digest it {sends}: {here}")
        for each in await preview(id, self.stored.telling, self.routes, self.links, here):
            self.say(f"  {each}")
        with self.say.console.status("Sending ..."):
            fates = await delivered(digest, self.routes.channels, self.host, self.stored.deliveries)
        for fate in fates:
            self.say(f"  {fate}")
        return all(fate.delivery.state != "failed" for fate in fates)
