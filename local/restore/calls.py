"""Calls to the app's HTTP API, each with a token, and repeated only where that does no harm."""

from collections.abc import Mapping
from typing import Any, Self

import httpx
import msgspec

from local.restore.address import Address
from shared.errors import ReadinessError

PATIENCE = httpx.Timeout(120, connect=10)
"""Applying a change may take the app more than a minute."""


class Calls:
    """One app and one caller. Redirects are not followed: the token belongs to this app alone.

    Raises httpx.RequestError where no answer came.
    """

    def __init__(self, address: Address, token: str) -> None:
        self._address = address
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            transport=httpx.HTTPTransport(retries=1),
            timeout=PATIENCE,
            # What is meant for this machine goes through nobody's proxy.
            trust_env=not address.local,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **query: str | int | None) -> httpx.Response:
        """Read something, once more where the connection broke."""
        given = {name: value for name, value in query.items() if value is not None}
        request = self._http.build_request("GET", self._address.of(path), params=given)
        return self._send(request, again=True)

    def follow(self, location: str) -> httpx.Response:
        """Read where an answer leads. Raises ReadinessError where that is another host."""
        here = httpx.URL(self._address.of(""))
        try:
            there = here.join(location)
        except httpx.InvalidURL as error:
            raise ReadinessError(f"the answer leads nowhere: {error}") from error
        if (there.scheme, there.netloc) != (here.scheme, here.netloc):
            raise ReadinessError(f"the answer leads to {there.host}, where no token is sent")
        return self._send(self._http.build_request("GET", there), again=True)

    def post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        if_match: str | None = None,
    ) -> httpx.Response:
        """Ask for something; with an idempotency key, once more where the connection broke."""
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        if if_match is not None:
            headers["If-Match"] = if_match
        request = self._http.build_request(
            "POST", self._address.of(path), content=msgspec.json.encode(body), headers=headers
        )
        return self._send(request, again=key is not None)

    def _send(self, request: httpx.Request, *, again: bool) -> httpx.Response:
        try:
            return self._http.send(request)
        except httpx.ConnectError:
            raise
        except httpx.TransportError:
            if not again:
                raise
            return self._http.send(request)
