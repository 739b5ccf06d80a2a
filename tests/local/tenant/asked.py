"""Calls a test makes of a simulated tenant, without a socket."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from local.tenant.calls import Answer, Caller, Context, read_call
from local.tenant.faults import FaultPlan, Faults
from local.tenant.graph import answer
from local.tenant.tenant import SimulatedTenant

ROOT = "http://graph.test"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, time: timedelta) -> None:
        self.now += time


class Asked:
    """A tenant and the calls a test makes of it."""

    def __init__(self, tenant: SimulatedTenant, faults: Faults, caller: Caller) -> None:
        self.tenant = tenant
        self.graph = Context(tenant, FaultPlan(faults, tenant), caller)

    def call(
        self, method: str, url: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Answer:
        content = b"" if body is None else msgspec.json.encode(body)
        return answer(self.graph, read_call(method, ROOT, url, headers or {}, content))

    def get(self, url: str) -> Any:
        answered = self.call("GET", url)
        assert answered.status == 200, answered.body
        return msgspec.json.decode(answered.body)

    def pages(self, url: str) -> list[Any]:
        found = []
        while url:
            found.append(self.get(url))
            parts = urlsplit(found[-1].get("@odata.nextLink", ""))
            url = f"{parts.path}?{parts.query}" if parts.path else ""
        return found

    def every(self, url: str) -> list[Any]:
        return [item for page in self.pages(url) for item in page["value"]]


Ask = Callable[..., Asked]
