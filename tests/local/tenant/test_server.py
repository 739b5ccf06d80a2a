"""The tenant over real sockets: who is let in, what breaks, and the control calls."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest
from yarl import URL

from local.issuer import Issuer
from local.tenant.faults import Faults
from local.tenant.server import TenantServer

DEVICES = "/beta/deviceManagement/managedDevices?$select=id&$top=10"
HEADERS = {"Authorization": "Bearer any"}


class Client:
    def __init__(self, server: TenantServer, session: aiohttp.ClientSession) -> None:
        self.server, self.session = server, session

    async def get(self, path: str, **kw: Any) -> tuple[int, Any]:
        url = URL(path if path.startswith("http") else self.server.url + path)
        async with self.session.get(url, **{"headers": HEADERS, **kw}) as response:
            return response.status, await response.read()

    async def post(self, path: str, body: object) -> tuple[int, Any]:
        content = msgspec.json.encode(body)
        async with self.session.post(self.server.url + path, data=content) as response:
            return response.status, msgspec.json.decode(await response.read())

    async def outcome(self, path: str) -> str:
        """Say in a word how a call went."""
        try:
            status, body = await self.get(path)
        except aiohttp.ClientPayloadError:
            return "cut"
        if status != 200:
            return str(status)
        if body.startswith(b"<"):
            return "html"
        try:
            msgspec.json.decode(body)
        except msgspec.DecodeError:
            return "truncated"
        return "200"


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with TenantServer(devices=60) as server, aiohttp.ClientSession() as session:
        yield Client(server, session)


async def test_a_bearer_token_is_asked_for(client: Client) -> None:
    status, body = await client.get(DEVICES, headers={})
    assert status == 401
    assert msgspec.json.decode(body)["error"]["code"] == "InvalidAuthenticationToken"


async def test_paging_goes_on_under_the_host_that_was_called(client: Client) -> None:
    status, body = await client.get(DEVICES)
    link = msgspec.json.decode(body)["@odata.nextLink"]
    assert (status, link.startswith(client.server.url)) == (200, True)
    status, second = await client.get(link)
    assert status == 200
    assert msgspec.json.decode(second)["value"] != msgspec.json.decode(body)["value"]


@pytest.mark.parametrize(
    ("scenario", "sub_scope"), [("typical", None), ("ready", None), ("gcchigh", "DODCON")]
)
async def test_anybody_may_ask_for_the_cloud(scenario: str, sub_scope: str | None) -> None:
    async with (
        TenantServer(devices=1, scenario=scenario) as server,
        aiohttp.ClientSession() as session,
    ):
        path = "/any/v2.0/.well-known/openid-configuration"
        status, body = await Client(server, session).get(path, headers={})
    assert status == 200
    assert msgspec.json.decode(body).get("tenant_region_sub_scope") == sub_scope


async def test_anybody_may_ask_for_the_keys_that_tokens_are_signed_with() -> None:
    issuer = Issuer.new()
    async with (
        TenantServer(devices=1, issuer=issuer) as server,
        aiohttp.ClientSession() as session,
    ):
        client = Client(server, session)
        _, described = await client.get("/any/v2.0/.well-known/openid-configuration", headers={})
        status, keys = await client.get(msgspec.json.decode(described)["jwks_uri"], headers={})

    assert status == 200
    assert msgspec.json.decode(keys) == issuer.jwks()


@pytest.mark.parametrize(
    ("faults", "outcome"),
    [
        ({"throttle": 1.0}, "429"),
        ({"unavailable": 1.0}, "503"),
        ({"cut": 1.0}, "cut"),
        ({"truncated": 1.0}, "truncated"),
        ({"html": 1.0}, "html"),
    ],
)
async def test_a_fault_is_switched_on_and_off_while_running(
    client: Client, faults: dict[str, float], outcome: str
) -> None:
    assert (await client.post("/_tenant/faults", faults))[0] == 200
    assert await client.outcome(DEVICES) == outcome
    assert (await client.post("/_tenant/faults", {}))[0] == 200
    assert await client.outcome(DEVICES) == "200"


async def test_faults_repeat_from_the_seed_whatever_is_called_in_between(client: Client) -> None:
    faults = Faults(throttle=0.2, unavailable=0.2, cut=0.2, truncated=0.2)
    paths = [f"/v1.0/devices?$top={n}" for n in range(1, 11)]

    client.server.set_faults(faults)
    forwards = {path: [await client.outcome(path) for _ in range(3)] for path in paths}
    client.server.set_faults(faults)
    rounds = [[await client.outcome(path) for path in reversed(paths)] for _ in range(3)]

    backwards = dict(zip(reversed(paths), map(list, zip(*rounds, strict=True)), strict=True))
    assert forwards == backwards
    assert len(Counter(o for outcomes in forwards.values() for o in outcomes)) > 3


async def test_a_call_that_is_tried_again_is_a_new_throw(client: Client) -> None:
    client.server.set_faults(Faults(throttle=0.5))
    outcomes = {await client.outcome(DEVICES) for _ in range(20)}
    assert outcomes == {"200", "429"}


async def test_retry_after_is_sent_as_it_was_asked_for(client: Client) -> None:
    for header in ("2", "0.128", None):
        client.server.set_faults(Faults(throttle=1.0, retry_after=header))
        async with client.session.get(client.server.url + DEVICES, headers=HEADERS) as response:
            assert response.headers.get("Retry-After") == header


async def test_a_slow_answer_outlasts_an_impatient_caller(client: Client) -> None:
    client.server.set_faults(Faults(slow=1.0, slow_seconds=60.0))
    with pytest.raises(asyncio.TimeoutError):
        await client.get(DEVICES, timeout=aiohttp.ClientTimeout(total=0.2))


async def test_calls_are_counted_by_kind_and_status(client: Client) -> None:
    await client.get(DEVICES)
    await client.get("/beta/deviceManagement/managedDevices/nobody")
    client.server.set_faults(Faults(throttle=1.0))
    await client.get(DEVICES)
    status, body = await client.get("/_tenant/stats")
    assert status == 200
    assert msgspec.json.decode(body) == {
        "calls": 3,
        "families": {
            "/deviceManagement/managedDevices": {"200": 1, "429": 1},
            "/deviceManagement/managedDevices/{}": {"404": 1},
        },
    }


async def test_changes_are_made_over_http_and_the_truth_follows(client: Client) -> None:
    intune = client.server.tenant.fleet.intune
    changes: list[dict[str, object]] = [
        {"device": 4, "set": {"osVersion": "10.0.19045.1"}, "absent": ["joinType"]},
        {"device": intune.guid(5), "delete": True},
        {"add": {"deviceName": "New PC", "operatingSystem": "Windows"}},
        {"restoreState": "enabled"},
        {"policy": "backup", "targets": [{"kind": "all_devices"}], "by": {"user": "a@b.example"}},
        {"reenrol": 6},
        {"statusPage": "quality", "qualityUpdates": False},
    ]
    assert await client.post("/_tenant/changes", changes) == (
        200,
        {"devices": [4, 5, 60, None, None, 61, None]},
    )
    truth = client.server.truth
    changed, added = truth.of(4), truth.of(60)
    assert changed
    assert added
    assert (changed.os_version, changed.backup_policy) == ("10.0.19045.1", "enabled")
    assert truth.of(5) is truth.of(6) is None
    assert not any(page.quality_updates for page in client.server.tenant.scenario.status_pages[:2])
    assert truth.tenant.restore_state == "enabled"


async def test_the_next_changes_of_its_life_happen_when_told_to(client: Client) -> None:
    status, steps = await client.post("/_tenant/steps", 30)
    assert status == 200
    assert [step["number"] for step in steps] == list(range(30))
    assert client.server.life.number == 30


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_tenant/steps", -1),
        ("/_tenant/changes", [{"reenrol": 5_000}]),
        ("/_tenant/changes", [{"statusPage": "nothing"}]),
        ("/_tenant/faults", {"throtle": 1}),
        ("/_tenant/changes", [{"device": 5_000, "delete": True}]),
        ("/_tenant/changes", [{"device": "nobody", "set": {}}]),
        ("/_tenant/changes", [{"device": 1, "set": {"colour": "red"}}]),
        ("/_tenant/changes", [{"approve": "nothing"}]),
        ("/_tenant/changes", [{"paint": "red"}]),
    ],
)
async def test_a_control_call_that_makes_no_sense_says_so(
    client: Client, path: str, body: object
) -> None:
    status, answered = await client.post(path, body)
    assert status == 400
    assert answered["error"]
