"""Who may write, what can become of a write, and what is written down of it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest

from local.tenant.calls import READER, WRITER
from local.tenant.enrollment import RESTORE_TYPE, restore_id
from local.tenant.server import TenantServer
from local.tenant.write_faults import WriteFault
from shared.adapters.identity.loopback_writer import LOOPBACK_WRITER

LIST = "/beta/deviceManagement/deviceEnrollmentConfigurations"
ONLY_RESTORE = f"{LIST}?$filter=deviceEnrollmentConfigurationType eq 'windowsRestore'"


class Client:
    def __init__(self, server: TenantServer, session: aiohttp.ClientSession) -> None:
        self.server, self.session = server, session

    async def patch(self, state: str = "enabled", token: str = LOOPBACK_WRITER) -> int:
        async with self.session.patch(
            f"{self.server.url}{LIST}/{restore_id(self.server.tenant)}",
            json={"@odata.type": RESTORE_TYPE, "state": state},
            headers={"Authorization": f"Bearer {token}"},
            timeout=aiohttp.ClientTimeout(total=0.3),
        ) as response:
            await response.read()
            return response.status

    async def state(self) -> str:
        async with self.session.get(
            self.server.url + ONLY_RESTORE, headers={"Authorization": "Bearer any"}
        ) as response:
            (setting,) = msgspec.json.decode(await response.read())["value"]
            return str(setting["state"])

    async def control(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        url, content = self.server.url + path, msgspec.json.encode(body)
        async with self.session.request(method, url, data=content) as response:
            return response.status, msgspec.json.decode(await response.read())


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with TenantServer(devices=1) as server, aiohttp.ClientSession() as session:
        yield Client(server, session)


async def test_the_writer_may_write_and_whoever_reads_may_not(client: Client) -> None:
    assert await client.patch(token="loopback") == 403
    assert await client.state() == "notConfigured"
    assert await client.patch() == 200
    assert await client.state() == "enabled"
    assert [(w.by, w.done) for w in client.server.writes] == [
        (READER.application_id, False),
        (WRITER.application_id, True),
    ]
    (event,) = client.server.graph.audit
    assert event["actor"]["applicationId"] == WRITER.application_id  # type: ignore[index]


async def test_inside_a_batch_the_token_of_the_batch_counts(client: Client) -> None:
    requests = [{"id": "1", "method": "GET", "url": "/devices?$top=1"}]

    async def status(token: str) -> int:
        async with client.session.post(
            f"{client.server.url}/v1.0/$batch",
            json={"requests": requests},
            headers={"Authorization": f"Bearer {token}"},
        ) as response:
            return int(msgspec.json.decode(await response.read())["responses"][0]["status"])

    assert (await status("loopback"), await status(LOOPBACK_WRITER)) == (200, 403)


@pytest.mark.parametrize(
    ("fault", "status", "state"),
    [
        (WriteFault(), 200, "enabled"),
        (WriteFault(status=503), 503, "enabled"),
        (WriteFault(done=False), 503, "notConfigured"),
        (WriteFault(done=False, status=429), 429, "notConfigured"),
        (WriteFault(before="disabled"), 200, "enabled"),
        (WriteFault(before="disabled", done=False), 503, "disabled"),
        (WriteFault(after="disabled"), 200, "disabled"),
    ],
)
async def test_a_fault_strikes_one_write_and_no_more(
    client: Client, fault: WriteFault, status: int, state: str
) -> None:
    client.server.break_writes(fault)
    assert await client.patch() == status
    assert await client.state() == state
    assert client.server.writes[0].done == fault.done
    assert await client.patch() == 200


async def test_an_answer_that_never_comes_is_lost_after_the_write_was_done(client: Client) -> None:
    client.server.break_writes(WriteFault(lost="hang"))
    with pytest.raises(asyncio.TimeoutError):
        await client.patch()
    assert await client.state() == "enabled"


async def test_an_answer_is_cut_after_the_write_was_done(client: Client) -> None:
    client.server.break_writes(WriteFault(lost="cut"))
    with pytest.raises(aiohttp.ClientPayloadError):
        await client.patch()
    assert await client.state() == "enabled"


async def test_some_reads_still_show_what_was_there_before(client: Client) -> None:
    client.server.break_writes(WriteFault(stale_reads=2))
    assert await client.patch() == 200
    assert [await client.state() for _ in range(3)] == ["notConfigured", "notConfigured", "enabled"]


async def test_faults_and_writes_are_at_hand_over_http(client: Client) -> None:
    faults = [{"status": 503}, {"done": False, "status": 429}]
    assert (await client.control("POST", "/_tenant/write-faults", faults))[0] == 200
    assert [await client.patch(), await client.patch("disabled")] == [503, 429]
    status, writes = await client.control("GET", "/_tenant/writes")
    assert status == 200
    assert [(w["state"], w["done"]) for w in writes] == [("enabled", True), ("disabled", False)]


@pytest.mark.parametrize("faults", [[{"don": True}], [{"status": 200}], {"status": 503}])
async def test_faults_that_make_no_sense_are_refused(client: Client, faults: object) -> None:
    assert (await client.control("POST", "/_tenant/write-faults", faults))[0] == 400
