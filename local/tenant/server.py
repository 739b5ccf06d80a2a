"""The simulated tenant over HTTP: Graph, the sign-in host's description, and control."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Annotated, Self, TypeAlias

import msgspec
from aiohttp import web

from local.issuer import Issuer, local_issuer
from local.tenant.calls import JSON, READER, WRITER, Answer, Call, Caller, Context, read_call
from local.tenant.changes import Change, apply
from local.tenant.faults import FaultPlan, Faults, Throw
from local.tenant.graph import answer, family
from local.tenant.happenings import Kind
from local.tenant.live import KINDS, Life, Step
from local.tenant.refusals import refuse, request_id, throttled, unavailable
from local.tenant.scenarios import Scenario
from local.tenant.sign_in import openid_configuration
from local.tenant.tenant import DEFAULT_DAY, DEFAULT_SEED, SimulatedTenant, utc_now
from local.tenant.truth import Truth
from local.tenant.write_faults import Write, WriteFault, write

LOOPBACK = "127.0.0.1"
LARGEST_BODY = 16 * 1024 * 1024
WEB_PAGE = b"<!DOCTYPE html><html><body><h1>Our services aren't available</h1></body></html>"

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]

NO_FAULTS = Faults()
NO_WRITE_FAULT = WriteFault()


class TenantServer:
    """A tenant that listens on loopback while the context is open.

    `live` is how many changes a minute happen to it by themselves, of these `kinds`; what happens,
    then or by `steps`, depends on the seed. `clock` tells the tenant's time. `issuer` signs the
    access tokens of the sign-in host; without one it is this machine's. `writer` is who calls with
    the token of the write identity, `caller` anybody else. `writes` are the PATCHes that came past
    the faults of all calls.

    >>> async with TenantServer(devices=50) as server:  # doctest: +SKIP
    ...     print(server.url, server.truth.tenant)
    """

    def __init__(
        self,
        *,
        seed: int = DEFAULT_SEED,
        devices: int = 2_000,
        scenario: str | Scenario = "typical",
        faults: Faults = NO_FAULTS,
        port: int = 0,
        today: date = DEFAULT_DAY,
        caller: Caller = READER,
        writer: Caller = WRITER,
        multi_admin_approval: bool = False,
        clock: Callable[[], datetime] = utc_now,
        live: float = 0.0,
        kinds: Collection[Kind] = KINDS,
        issuer: Issuer | None = None,
    ) -> None:
        tenant = SimulatedTenant(
            seed=seed, devices=devices, scenario=scenario, today=today, clock=clock
        )
        self.graph = Context(
            tenant,
            FaultPlan(faults, tenant),
            caller,
            {} if multi_admin_approval else None,
            writer=writer,
        )
        self.calls: Counter[tuple[str, int]] = Counter()
        self.writes: list[Write] = []
        self._write_faults: deque[WriteFault] = deque()
        self.life = Life(self.graph, kinds)
        self._rate = live
        self._issuer = issuer
        self._living: asyncio.Task[None] | None = None
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def tenant(self) -> SimulatedTenant:
        """The tenant behind the server; what is changed here is answered from then on."""
        return self.graph.tenant

    @property
    def truth(self) -> Truth:
        """What a perfect reader would read now."""
        return Truth(self.tenant, self.graph.plan.broken)

    @property
    def url(self) -> str:
        """The base of Graph's and of the sign-in host's URLs."""
        return f"http://{LOOPBACK}:{self._port}"

    def set_faults(self, faults: Faults) -> None:
        """Switch faults on and off, all others than these off."""
        self.graph.plan = FaultPlan(faults, self.tenant)

    def break_writes(self, *faults: WriteFault) -> None:
        """Let these strike the next writes, one each, behind those that wait already."""
        self._write_faults.extend(faults)

    def steps(self, count: int = 1) -> list[Step]:
        """Let the next changes happen now, and tell which."""
        return self.life.steps(count)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", self._describe)
        app.router.add_get("/{tenant}/discovery/v2.0/keys", self._keys)
        app.router.add_get("/_tenant/stats", self._stats)
        app.router.add_post("/_tenant/faults", self._set_faults)
        app.router.add_get("/_tenant/writes", self._list_writes)
        app.router.add_post("/_tenant/write-faults", self._break_writes)
        app.router.add_post("/_tenant/changes", self._change)
        app.router.add_post("/_tenant/steps", self._let_happen)
        app.router.add_route("*", "/{version:v1\\.0|beta}/{path:.*}", self._answer)
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.5
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        if self._rate:
            self._living = asyncio.create_task(self.life.at_rate(self._rate))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._living is not None:
            self._living.cancel()
            await asyncio.wait([self._living])
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        call = read_call(
            request.method,
            f"http://{request.host}",
            request.raw_path,
            request.headers,
            await request.read(),
        )
        faults = self.graph.plan.faults
        throw = self.graph.plan.throw(call.method, request.raw_path, call.body)
        if throw.hits(faults.slow, "slow"):
            await asyncio.sleep(faults.slow_seconds)
        refused = self._refused(call, throw)
        if call.method == "PATCH" and refused is None:
            return await self._write(request, call, throw)
        answered = refused or answer(self.graph, call)
        self.calls[family(call), answered.status] += 1
        return await self._deliver(request, call, answered, throw)

    async def _write(self, request: web.Request, call: Call, throw: Throw) -> web.StreamResponse:
        fault = self._write_faults.popleft() if self._write_faults else NO_WRITE_FAULT
        answered, came = write(self.graph, call, fault)
        self.writes.append(came)
        self.calls[family(call), answered.status] += 1
        if fault.lost == "hang":
            await asyncio.Event().wait()
        if fault.lost == "cut":
            return await _cut(request, {}, answered.body)
        return await self._deliver(request, call, answered, throw)

    def _refused(self, call: Call, throw: Throw) -> Answer | None:
        faults = self.graph.plan.faults
        if not call.headers.get("authorization", "").lower().startswith("bearer "):
            message = "Access token is empty."
            challenge = {"WWW-Authenticate": 'Bearer realm=""'}
            return refuse(call, 401, "InvalidAuthenticationToken", message, challenge)
        if throw.hits(faults.throttle, "throttle"):
            return throttled(call, faults.retry_after)
        if throw.hits(faults.unavailable, "unavailable"):
            return unavailable(call)
        return None

    async def _deliver(
        self, request: web.Request, call: Call, answered: Answer, throw: Throw
    ) -> web.StreamResponse:
        faults, body = self.graph.plan.faults, answered.body
        headers = {"Content-Type": JSON, "request-id": request_id(call), **answered.headers}
        if answered.status == web.HTTPOk.status_code:
            if throw.hits(faults.html, "html"):
                return web.Response(body=WEB_PAGE, content_type="text/html")
            if throw.hits(faults.truncated, "truncated"):
                body = body[: len(body) // 2]
            if throw.hits(faults.cut, "cut"):
                return await _cut(request, headers, body)
        return web.Response(body=body, status=answered.status, headers=headers)

    async def _describe(self, request: web.Request) -> web.Response:
        name = request.match_info["tenant"]
        cloud = self.tenant.scenario.cloud
        return _json(openid_configuration(f"http://{request.host}", name, cloud))

    async def _keys(self, _: web.Request) -> web.Response:
        """Publish the keys that are there by now, for a token may be issued at any time."""
        issuer = self._issuer
        if issuer is None:
            issuer = await asyncio.to_thread(local_issuer)
        return _json(issuer.jwks())

    async def _stats(self, _: web.Request) -> web.Response:
        families: dict[str, dict[str, int]] = {}
        for (name, status), calls in sorted(self.calls.items()):
            families.setdefault(name, {})[str(status)] = calls
        return _json({"calls": self.calls.total(), "families": families})

    async def _set_faults(self, request: web.Request) -> web.Response:
        try:
            self.set_faults(msgspec.json.decode(await request.read(), type=Faults))
        except msgspec.MsgspecError as error:
            return _json({"error": str(error)}, status=400)
        return _json(self.graph.plan.faults)

    async def _list_writes(self, _: web.Request) -> web.Response:
        return _json(self.writes)

    async def _break_writes(self, request: web.Request) -> web.Response:
        try:
            faults = msgspec.json.decode(await request.read(), type=list[WriteFault])
        except msgspec.MsgspecError as error:
            return _json({"error": str(error)}, status=400)
        self.break_writes(*faults)
        return _json(faults)

    async def _change(self, request: web.Request) -> web.Response:
        try:
            changes = msgspec.json.decode(await request.read(), type=list[Change])
            touched = [apply(self.graph, change) for change in changes]
        except (msgspec.MsgspecError, KeyError) as error:
            return _json({"error": str(error)}, status=400)
        return _json({"devices": touched})

    async def _let_happen(self, request: web.Request) -> web.Response:
        try:
            count = msgspec.json.decode(await request.read(), type=Count)
        except msgspec.MsgspecError as error:
            return _json({"error": str(error)}, status=400)
        return _json(self.steps(count))


async def _cut(request: web.Request, headers: dict[str, str], body: bytes) -> web.StreamResponse:
    """Promise a whole body, send half of it and break the connection."""
    response = web.StreamResponse(headers=headers)
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


def _json(body: object, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body), status=status, content_type="application/json"
    )
