"""After a sweep it is said what people are told, and what became of it."""

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from rich.console import Console

from local.sweep.programs import Host
from local.sweep.telling import tell_digests
from shared.bootstrap import Storage
from shared.config import read_settings
from shared.domain.delivery import Attempt, Delivery, DeliveryState
from shared.domain.digest import Digest, DigestView
from shared.domain.routes import Routes
from shared.domain.telling import TellingState
from shared.messages import DIGESTS
from tests.report.render.digests import digest, lines, view

HOST = cast("Host", SimpleNamespace(running=True, log=Path("host.log")))
SWEEP = view(lines(2))


class Installation:
    """Storage after a sweep: the digests of which people were told, and what became of them."""

    def __init__(self, *digests: Digest, becomes: DeliveryState = "sent") -> None:
        self.digests = {each.id: each for each in digests}
        self.becomes = becomes
        self.poisoned = [0]
        self.spoken_of = "tonight"
        self.telling = self.deliveries = self.poison = self.settings_files = self

    async def state(self) -> tuple[TellingState | None, str | None]:
        return TellingState(1, sweep=self.spoken_of), "etag"

    async def counts(self) -> Mapping[str, int]:
        return {DIGESTS: self.poisoned.pop(0)}

    async def after(self, id: str | None) -> list[str]:
        return [each for each in self.digests if each > (id or "")]

    async def digest(self, id: str) -> Digest | None:
        return self.digests[id]

    async def view(self, id: str, routes: Routes, channel: str, most: int) -> DigestView:
        return DigestView(self.digests[id], SWEEP.devices, SWEEP.groups, SWEEP.lines[:most])

    async def routes(self) -> tuple[str | None, str | None]:
        return None, None

    async def read(self, digest: str, channel: str) -> tuple[Delivery | None, str | None]:
        now = datetime.now(UTC)
        tried = (Attempt(now, self.becomes, 202),)
        return Delivery(digest, channel, self.becomes, now, tried, wrong="[it] is off"), "etag"


async def told(
    there: Installation, folder: Path, after: str | None = None, **environ: str
) -> tuple[bool, list[str]]:
    given = {"TENANT_ID": "local", "AzureWebJobsStorage": "UseDevelopmentStorage=true"}
    out = io.StringIO()
    well = await tell_digests(
        "tonight",
        after,
        host=HOST,
        stored=cast("Storage", there),
        settings=read_settings(given | environ),
        folder=folder,
        console=Console(file=out, width=40),
    )
    return well, out.getvalue().splitlines()


async def test_without_channels_each_digest_lies_in_every_form_in_a_folder_of_its_kind(
    tmp_path: Path,
) -> None:
    there = Installation(SWEEP.digest, digest("operations", id="20261122T021201Z-1"))

    assert await told(there, tmp_path) == (
        True,
        [
            f"The sweep digest it would send: {tmp_path / 'sweep'}",
            "  teams: teams.json",
            "  mail: mail.html  mail.txt  mail.csv",
            "  webhook: webhook.json",
            f"The operations digest it would send: {tmp_path / 'operations'}",
            "  teams: teams.json",
            "  mail: mail.html  mail.txt  mail.csv",
            "  webhook: webhook.json",
            "No channel is set, so nobody was sent it: docs/notifications.md shows how.",
        ],
    )
    assert (tmp_path / "sweep" / "teams.json").exists()


@pytest.mark.parametrize(
    ("becomes", "well", "said"),
    [
        ("sent", True, "  teams: sent, it answered 202"),
        ("failed", False, "  teams: failed, [it] is off"),
    ],
)
async def test_with_a_channel_it_is_said_what_became_of_the_digest(
    becomes: DeliveryState, well: bool, said: str, tmp_path: Path
) -> None:
    there = Installation(SWEEP.digest, becomes=becomes)

    assert await told(there, tmp_path, TEAMS_WEBHOOK_URL="https://example.org/?sig=s3cr3t") == (
        well,
        [f"The sweep digest it sends: {tmp_path / 'sweep'}", "  teams: teams.json", said],
    )


async def test_when_nothing_is_new_one_line_says_so_and_no_old_digest_lies_about(
    tmp_path: Path,
) -> None:
    old = tmp_path / "sweep" / "teams.json"
    old.parent.mkdir()
    old.touch()

    assert await told(Installation(SWEEP.digest), tmp_path, after=SWEEP.digest.id) == (
        True,
        ["Nothing is new since people were told last, so there is no digest."],
    )
    assert not old.exists()


async def test_a_composition_that_was_given_up_is_told_with_the_log(tmp_path: Path) -> None:
    there = Installation(SWEEP.digest)
    there.spoken_of, there.poisoned = "last night", [0, 1]

    assert await told(there, tmp_path) == (
        False,
        ["What people are to be told could not be composed; the log says why: host.log"],
    )
