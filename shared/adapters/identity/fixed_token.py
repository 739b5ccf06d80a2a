"""A credential for the simulated tenant, which asks for no real sign-in."""

from types import TracebackType

from azure.core.credentials import AccessToken

FAR_FUTURE = 32_503_680_000
"""The year 3000, in epoch seconds."""


class FixedTokenCredential:
    """Always the same token; it opens nothing outside this machine."""

    def __init__(self, token: str = "loopback") -> None:  # noqa: S107
        self._token = AccessToken(token, FAR_FUTURE)

    async def get_token(
        self,
        *scopes: str,
        **options: object,
    ) -> AccessToken:
        """Return the token, whatever it is asked for."""
        return self._token

    async def close(self) -> None:
        """Close nothing: there is no connection."""

    async def __aenter__(self) -> "FixedTokenCredential":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        await self.close()
