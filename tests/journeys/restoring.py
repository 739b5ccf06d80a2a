"""People who change a tenant's restore setting over HTTP, on an installation of their own."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial, partialmethod
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import httpx
import pytest
from msgspec import Struct, structs

from handlers import settle_change
from local.issuer import Issuer
from local.tenant.scenarios import READY, RestoreState, Scenario
from local.tenant.server import TenantServer
from local.tenant.write_faults import Write
from shared import bootstrap
from shared.adapters.graph.client import GraphClient
from shared.domain.audit_proof import Proof
from shared.domain.audit_record import decoded
from shared.domain.principal import APPLY, APPROVE, OVERRIDE, PLAN, READ
from shared.domain.restore_change import Record
from shared.messages import DIGESTS, RESTORE_CHANGES, SettleChange, encode
from shared.use_cases import write_setting
from shared.use_cases.verify_audit import verify_audit
from tests.journeys.system import System, serving
from tests.journeys.waiting import until

TENANT_ID = "contoso.example"
UNSETTLED = ("applying", "unknown")
OFF: Scenario = structs.replace(READY, restore_state="notConfigured")
"""A tenant that is ready but for the restore page, which is not shown yet."""


class Person(Struct, frozen=True):
    """Somebody who calls, and what they may."""

    name: str
    roles: tuple[str, ...]
    kind: Literal["user", "application"] = "user"


ANN = Person("ann", (PLAN, APPROVE, APPLY))
BEN = Person("ben", (APPROVE,))
CLEO = Person("cleo", (APPROVE,))
DORA = Person("dora", (PLAN, APPLY, OVERRIDE))
EVE = Person("eve", (READ,))


class Clock:
    """Stands in for `datetime` where the app asks for the time; it only ever goes on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self, zone: tzinfo | None = UTC) -> datetime:
        """Tell the time as the app is to see it."""
        return datetime.now(zone) + self.ahead


class Office:
    """What people do with the API of an installation, and what becomes of it elsewhere."""

    def __init__(self, system: System, issuer: Issuer, clock: Clock) -> None:
        self.system = system
        self.tenant = system.tenant
        self.clock = clock
        self.issuer = issuer
        self.http = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{system.host.port}", timeout=60, trust_env=False
        )

    def token(self, who: Person) -> str:
        """Issue somebody a token."""
        return self.issuer.issue(
            who.roles, login=self.tenant.url, tenant=TENANT_ID, name=who.name, kind=who.kind
        )

    async def ask(
        self,
        method: str,
        path: str,
        who: Person | None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Call the API as somebody, or as nobody."""
        known = {} if who is None else {"Authorization": f"Bearer {self.token(who)}"}
        address = f"/api/restore-setting{path}"
        return await self.http.request(
            method, address, json=body, headers={**known, **(headers or {})}
        )

    async def status(self) -> dict[str, Any]:
        """Read how the setting stands."""
        return _read(await self.ask("GET", "", EVE))

    async def change(self, id: str) -> dict[str, Any]:
        """Read a change."""
        return _read(await self.ask("GET", f"/changes/{id}", EVE))

    async def plan(
        self,
        state: RestoreState,
        who: Person = ANN,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        **body: object,
    ) -> httpx.Response:
        """Ask for a plan, under a key of its own unless another is given."""
        asked = {"state": state, "reason": "The pilot begins.", **body}
        given = {"Idempotency-Key": key or uuid4().hex, **(headers or {})}
        return await self.ask("POST", "/changes", who, asked, given)

    async def revert(self, id: str, who: Person = ANN) -> httpx.Response:
        """Ask for a plan that undoes a change."""
        headers = {"Idempotency-Key": uuid4().hex}
        body = {"reason": "Help desk is flooded."}
        return await self.ask("POST", f"/changes/{id}/revert", who, body, headers)

    async def do(
        self, verb: str, id: str, who: Person, body: object = None, if_match: str | None = None
    ) -> httpx.Response:
        """Do something to a change."""
        headers = {} if if_match is None else {"If-Match": if_match}
        return await self.ask("POST", f"/changes/{id}/{verb}", who, body, headers)

    async def approved(self, state: RestoreState | None = None) -> str:
        """Have Ann plan a change, by default to what is not so now, and Ben approve it; its id."""
        planned = await self.plan(state or self.other_state)
        assert planned.status_code == 201, planned.text
        id = str(planned.json()["id"])
        approved = await self.do("approve", id, BEN)
        assert (approved.status_code, approved.json()["state"]) == (200, "approved")
        return id

    @property
    def other_state(self) -> RestoreState:
        """A state that the setting does not have now, and that no gate about readiness is for."""
        return "notConfigured" if self.tenant.tenant.restore_state == "disabled" else "disabled"

    async def settled(self, id: str) -> dict[str, Any]:
        """Wait until it is clear what became of a change."""

        async def found() -> dict[str, Any] | None:
            change = await self.change(id)
            return None if change["state"] in UNSETTLED else change

        return await until(found)

    async def settle(self, id: str, after: timedelta) -> None:
        """Let time go by, and the message come that has the outcome looked for.

        Who died while writing has left one behind that does not know when the write began.
        """
        change = await self.change(id)
        died = change["state"] == "applying"
        begun = None if died else datetime.fromisoformat(change["begun"])
        self.clock.ahead += after
        await self.system.send(RESTORE_CHANGES, encode(SettleChange(id, begun)))

    async def until_sent(self, id: str, writes: int) -> None:
        """Wait until a change has been sent to the tenant so often."""

        async def sent() -> bool:
            return len(self.writes_for(id)) >= writes

        await until(sent)

    def writes_for(self, id: str) -> list[Write]:
        """List the writes that a change has led to."""
        return [each for each in self.tenant.writes if (each.justification or "").endswith(id)]

    async def records(self) -> list[Record]:
        """Read the audit."""
        audit = self.system.stored.audit
        return [decoded(content) async for _, content in audit.contents(await audit.numbers())]

    async def events(self, id: str) -> list[str]:
        """Name what happened to a change, in order."""
        return [line["event"] for line in (await self.change(id))["history"]]

    async def proof(self) -> Proof:
        """Verify the audit."""
        return await verify_audit(self.clock.now(), records=self.system.stored.audit)

    @asynccontextmanager
    async def set_to(self, **settings: str) -> AsyncIterator[None]:
        """Run the app with some settings changed, as it starts anew with them in Azure."""
        await self._start_anew(settings)
        try:
            yield
        finally:
            await self._start_anew({})

    async def _start_anew(self, settings: Mapping[str, str]) -> None:
        """Build the app again, from the settings that its host would show it."""
        await bootstrap.app().storage.connections.aclose()
        bootstrap._app_of.cache_clear()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {**self.system.environ, **settings}.items():
                patch.setenv(name, value)
            bootstrap.app()


@asynccontextmanager
async def serving_people(
    storage: str,
    app: Path,
    tenant: TenantServer,
    issuer: Issuer,
    *,
    swept: bool = True,
    **settings: str,
) -> AsyncIterator[Office]:
    """Serve an installation, after its first sweep, which looks at unclear outcomes at once."""
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        patch.setattr(bootstrap, "datetime", clock)
        patch.setattr(settle_change, "datetime", clock)
        patch.setattr(write_setting, "LOOK_SOON", timedelta())
        patch.setattr(GraphClient, "__init__", partialmethod(GraphClient.__init__, sleep=_at_once))
        async with serving(storage, app, tenant) as system:
            bootstrap.app()
            if swept:
                await system.sweep()
            made = Office(system, issuer, clock)
            async with made.http:
                yield made
            await until(partial(system.idle, [DIGESTS]))


async def _at_once(seconds: float) -> None:
    """Wait for nothing."""


def problem_in(answer: httpx.Response) -> str:
    """Name the kind of problem that was answered."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    return str(answer.json()["type"]).rpartition(":")[2]


def _read(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    read: dict[str, Any] = answer.json()
    return read
