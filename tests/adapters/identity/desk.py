"""Where tokens are checked, with the keys of a server, at a time of the test's own."""

import time
from dataclasses import dataclass, field

from local.issuer import LOCAL_AUDIENCE
from shared.adapters.identity.tokens import EntraTokens
from shared.domain.principal import Principal
from tests.adapters.identity.key_server import KeyServer

LOGIN = "https://login.example"
TENANT = "11111111-2222-3333-4444-555555555555"


@dataclass
class Desk:
    """Checks tokens with the keys of a server.

    It is `at` this time, in epoch seconds, or now; `seconds` pass only where a test says so.
    """

    server: KeyServer
    seconds: float = 0.0
    at: float | None = None
    tokens: EntraTokens = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = EntraTokens(
            f"{LOGIN}/{TENANT}/v2.0",
            self.server.keys_url,
            (LOCAL_AUDIENCE, "9e8d7c6b-0000-0000-0000-000000000000"),
            TENANT,
            now=lambda: time.time() if self.at is None else self.at,
            monotonic=lambda: self.seconds,
        )

    async def read(self, authorization: str | None) -> Principal:
        return await self.tokens.read(authorization)
