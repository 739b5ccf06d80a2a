"""The public keys a tenant signs access tokens with, fetched rarely, whatever callers send."""

import asyncio
import time
from collections.abc import Callable

from jwt import PyJWK, PyJWKClient, PyJWKSet, PyJWTError

from shared.errors import KeysUnavailableError, TokenError

ALGORITHM = "RS256"
LIFESPAN = 3600.0
"""Seconds after which keys are read again, so that one that was withdrawn lets nobody in."""

COOLDOWN = 30.0
"""Seconds without another fetch, however many tokens name keys that are not there."""

BREATH = 5.0
"""Seconds without another fetch after one that failed; calls are answered at once meanwhile."""

TIMEOUT = 5.0


class SigningKeys:
    """The keys at one address.

    PyJWKClient reads them: http and https only, no redirects. When it does so is decided here,
    because its own cache makes all callers wait in threads for one fetch, and asks again for
    every call while there is no answer. `monotonic` counts seconds.
    """

    def __init__(self, url: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._client = PyJWKClient(url, cache_jwk_set=False, timeout=TIMEOUT)
        self._monotonic = monotonic
        self._fetching = asyncio.Lock()
        self._keys: PyJWKSet | None = None
        self._stale_at = self._quiet_until = monotonic()
        self._failure: Exception | None = None

    async def find(self, kid: str) -> PyJWK:
        """Return a key by its id.

        Raises TokenError when the tenant has no such key, and KeysUnavailableError when that
        cannot be found out.
        """
        key = self._held(kid)
        if key is None:
            async with self._fetching:
                await self._refresh()
            key = self._held(kid)
        if key is None:
            raise TokenError("the access token is signed with a key that this tenant does not have")
        return key

    def _held(self, kid: str) -> PyJWK | None:
        if self._keys is None or self._monotonic() >= self._stale_at:
            return None
        return next((key for key in self._keys if key.key_id == kid and _can_verify(key)), None)

    async def _refresh(self) -> None:
        """Fetch the keys, unless that was done or tried a moment ago."""
        if self._monotonic() >= self._quiet_until:
            await self._fetch()
        if self._failure is not None:
            raise KeysUnavailableError(
                f"the keys to check access tokens with cannot be read from {self._url}"
                f" ({type(self._failure).__name__}); try again in a moment"
            ) from self._failure

    async def _fetch(self) -> None:
        try:
            self._keys = await asyncio.to_thread(self._client.get_jwk_set)
        except (PyJWTError, OSError, ValueError) as error:
            self._failure = error
            self._quiet_until = self._monotonic() + BREATH
        else:
            self._failure = None
            self._quiet_until = self._monotonic() + COOLDOWN
            self._stale_at = self._monotonic() + LIFESPAN


def _can_verify(key: PyJWK) -> bool:
    return key.algorithm_name == ALGORITHM and key.public_key_use in ("sig", None)
