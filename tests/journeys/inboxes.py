"""Where a team and a program are told: two webhooks on a real socket, and what reached them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeAlias

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer

Channel: TypeAlias = Literal["teams", "webhook"]
CHANNELS: tuple[Channel, ...] = ("teams", "webhook")
MARK = "s3cr3t-mark"
"""Part of both addresses, so that it shows where one of them does."""

RETRY_AFTER = 1
Word: TypeAlias = tuple[str, str, str]
"""A device's name, a reason, and what became of it."""


class Inboxes:
    """Accepts what is posted, but answers with the statuses of a channel's `script` first."""

    def __init__(self) -> None:
        self.script: dict[str, list[int]] = {channel: [] for channel in CHANNELS}
        self.refused: dict[str, list[bytes]] = {channel: [] for channel in CHANNELS}
        self.accepted: dict[str, list[bytes]] = {channel: [] for channel in CHANNELS}

    async def handle(self, request: web.Request) -> web.Response:
        channel, body = request.match_info["channel"], await request.read()
        status = self.script[channel].pop(0) if self.script[channel] else 202
        (self.accepted if status == 202 else self.refused)[channel].append(body)
        headers = {"Retry-After": str(RETRY_AFTER)} if status == 429 else {}
        return web.Response(status=status, headers=headers)

    @property
    def events(self) -> list[dict[str, Any]]:
        """What each event says, in the order of arrival."""
        return [msgspec.json.decode(body)["data"] for body in self.accepted["webhook"]]

    @property
    def kinds(self) -> list[str]:
        """What kind of digest each event is."""
        return [event["kind"] for event in self.events]

    @property
    def words(self) -> list[Word]:
        """Every word about a device that the events told, in order."""
        return [
            (line["name"], line["reason"], line["change"])
            for event in self.events
            for line in event["lines"]
        ]

    @property
    def cards(self) -> list[str]:
        """The cards as text, in the order of arrival."""
        return [body.decode() for body in self.accepted["teams"]]


@asynccontextmanager
async def inboxes() -> AsyncIterator[tuple[Inboxes, dict[str, str]]]:
    """Run the webhooks until the block is left; and the settings that lead to them."""
    boxes = Inboxes()
    app = web.Application()
    app.router.add_post("/{channel}/{sig}", boxes.handle)
    server = TestServer(app)
    await server.start_server(access_log=None)
    url = f"http://127.0.0.1:{server.port}"
    try:
        yield (
            boxes,
            {
                "TEAMS_WEBHOOK_URL": f"{url}/teams/{MARK}?sig={MARK}",
                "WEBHOOK_URL": f"{url}/webhook/{MARK}?sig={MARK}",
            },
        )
    finally:
        await server.close()
