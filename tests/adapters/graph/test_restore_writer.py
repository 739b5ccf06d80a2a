"""The write over real sockets, against a tenant that does to it what Graph may do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from local.tenant.calls import WRITER, Caller
from local.tenant.server import TenantServer
from local.tenant.write_faults import WriteFault
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.restore_setting import ID_SUFFIX, TYPE
from shared.adapters.graph.restore_writer import GraphSetting, header_text
from shared.adapters.identity.fixed_token import FixedTokenCredential
from shared.adapters.identity.loopback_writer import LOOPBACK_WRITER
from shared.errors import GraphAnswerError
from shared.ports.restore import Written
from tests.adapters.graph.conftest import NoToken
from tests.adapters.graph.fake_graph import FakeGraph, Reply, error, fake_graph, listed, reply

LIST = "/beta/deviceManagement/deviceEnrollmentConfigurations"
SETTING = f"b0c1{ID_SUFFIX}"
WHY = "roll-out, CHG-17"


@asynccontextmanager
async def opened(
    url: str, credential: FixedTokenCredential | None = None, longest: float = 30.0
) -> AsyncIterator[GraphSetting]:
    credential = credential or FixedTokenCredential(LOOPBACK_WRITER)
    async with (
        GraphClient(url, FixedTokenCredential()) as reader,
        GraphClient(url, credential) as writer,
    ):
        yield GraphSetting(reader, writer, credential, longest=longest)


@asynccontextmanager
async def tenant(
    writer: Caller = WRITER, *, approval: bool = False
) -> AsyncIterator[tuple[TenantServer, GraphSetting]]:
    server = TenantServer(devices=1, writer=writer, multi_admin_approval=approval)
    async with server, opened(server.url) as setting:
        yield server, setting


async def enable(setting: GraphSetting, code: str | None = None) -> Written:
    return await setting.write((await setting.read()).id, "enabled", WHY, code)


async def test_a_write_is_accepted_and_read_back() -> None:
    async with tenant() as (server, setting):
        written = await enable(setting)
        assert (await setting.read()).state == "enabled"
    assert (written.outcome, written.why) == ("accepted", None)
    assert written.request_id
    (write,) = server.writes
    assert (write.by, write.state, write.done) == (WRITER.application_id, "enabled", True)
    assert (write.justification, write.code) == (WHY, None)


async def test_the_request_is_exactly_what_graph_documents(graph: FakeGraph) -> None:
    name = f"a/b?c#d{ID_SUFFIX}"
    graph.answer(f"{LIST}/{name}", lambda _: reply({}))
    async with opened(graph.url) as setting:
        assert (await setting.write(name, "disabled", WHY, "code-1")).outcome == "accepted"
    (asked,) = graph.asked
    assert asked.method == "PATCH"
    assert asked.body == f'{{"@odata.type":"{TYPE}","state":"disabled"}}'.encode()
    assert asked.headers["x-msft-approval-justification"] == WHY
    assert asked.headers["x-msft-approval-code"] == "code-1"
    assert asked.headers["authorization"] == f"Bearer {LOOPBACK_WRITER}"


async def test_reading_uses_the_token_of_the_reader(graph: FakeGraph) -> None:
    graph.on(
        LIST,
        listed({"id": SETTING, "@odata.type": TYPE, "state": "enabled"}),
    )
    async with opened(graph.url) as setting:
        assert (await setting.read()).id == SETTING
    (asked,) = graph.asked
    assert asked.headers["authorization"] == "Bearer loopback"


async def test_two_settings_are_none(graph: FakeGraph) -> None:
    one = {"id": SETTING, "@odata.type": TYPE, "state": "enabled"}
    graph.on(LIST, listed(one, one))
    async with opened(graph.url) as setting:
        with pytest.raises(GraphAnswerError, match="2 restore settings"):
            await setting.read()


async def test_without_the_directory_role_the_refusal_names_it() -> None:
    async with tenant(replace(WRITER, roles=frozenset())) as (server, setting):
        written = await enable(setting)
    assert (written.outcome, written.cause) == ("refused", "role")
    assert written.why
    assert "Tenant is not Global Admin or Intune Service Admin" in written.why
    assert "assign the Entra role Intune Administrator" in written.why
    assert "Intune activity id" in written.why
    assert written.request_id
    assert written.request_id in written.why
    assert server.tenant.restore_state == "notConfigured"


async def test_without_the_permission_the_refusal_names_the_one_to_write() -> None:
    reading = frozenset({"DeviceManagementServiceConfig.Read.All"})
    async with tenant(replace(WRITER, permissions=reading)) as (_, setting):
        written = await enable(setting)
    assert (written.outcome, written.cause) == ("refused", "permission")
    assert written.why
    assert "DeviceManagementServiceConfig.ReadWrite.All" in written.why


async def test_the_reading_identity_may_not_write() -> None:
    async with tenant() as (server, _), opened(server.url, FixedTokenCredential()) as setting:
        written = await enable(setting)
    assert (written.outcome, written.cause) == ("refused", "permission")
    assert [write.done for write in server.writes] == [False]


async def test_a_second_administrator_approves_and_the_same_write_passes() -> None:
    async with tenant(approval=True) as (server, setting):
        first = await enable(setting)
        code = first.code
        assert (first.outcome, server.tenant.restore_state) == ("waiting", "notConfigured")
        assert code

        too_early = await enable(setting, code)
        assert (too_early.outcome, too_early.code) == ("waiting", code)

        server.graph.approved.add(code)
        assert (await enable(setting, code)).outcome == "accepted"
    assert server.tenant.restore_state == "enabled"
    assert [(write.code, write.done) for write in server.writes] == [
        (None, False),
        (code, False),
        (code, True),
    ]
    assert {write.justification for write in server.writes} == {WHY}


async def test_a_throttled_write_was_not_sent_and_is_not_sent_again() -> None:
    async with tenant() as (server, setting):
        server.break_writes(WriteFault(done=False, status=429))
        written = await enable(setting)
    assert (written.outcome, written.retry_after) == ("not_sent", 4.2)
    assert len(server.writes) == 1


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
@pytest.mark.parametrize("done", [True, False])
async def test_a_broken_backend_leaves_open_what_was_done(status: int, done: bool) -> None:
    async with tenant() as (server, setting):
        server.break_writes(WriteFault(done=done, status=status))
        written = await enable(setting)
        assert (await setting.read()).state == ("enabled" if done else "notConfigured")
    assert written.outcome == "unanswered"
    assert written.why
    assert "may have been done" in written.why
    assert len(server.writes) == 1


async def test_a_cut_answer_leaves_open_what_was_done() -> None:
    async with tenant() as (server, setting):
        server.break_writes(WriteFault(lost="cut"))
        written = await enable(setting)
    assert written.outcome == "unanswered"
    assert server.tenant.restore_state == "enabled"
    assert len(server.writes) == 1


async def test_a_write_that_hangs_is_given_up_and_leaves_open_what_was_done() -> None:
    async with tenant() as (server, _), opened(server.url, longest=0.2) as setting:
        server.break_writes(WriteFault(lost="hang"))
        written = await setting.write(await only_id(server), "enabled", WHY, None)
    assert written.outcome == "unanswered"
    assert written.why == "the write had no answer after 0.2 s; it may have been done"
    assert len(server.writes) == 1


async def only_id(server: TenantServer) -> str:
    async with opened(server.url) as setting:
        return (await setting.read()).id


async def test_a_graph_that_is_not_there_was_sent_nothing() -> None:
    async with fake_graph() as gone:
        url = gone.url
    async with opened(url) as setting:
        assert (await setting.write(SETTING, "enabled", WHY, None)).outcome == "not_sent"


@pytest.mark.parametrize(
    ("status", "cause"), [(400, "request"), (401, "identity"), (404, "request"), (409, "request")]
)
async def test_any_other_refusal_is_final(graph: FakeGraph, status: int, cause: str) -> None:
    graph.on(f"{LIST}/{SETTING}", error(status, request_id="r-9"))
    async with opened(graph.url) as setting:
        written = await setting.write(SETTING, "enabled", WHY, None)
    assert (written.outcome, written.cause, written.request_id) == ("refused", cause, "r-9")
    assert len(graph.asked) == 1


async def test_a_redirect_is_not_followed(graph: FakeGraph) -> None:
    graph.on(f"{LIST}/{SETTING}", Reply(b"", 307, {"Location": graph.url + LIST}))
    async with opened(graph.url) as setting:
        assert (await setting.write(SETTING, "enabled", WHY, None)).outcome == "unanswered"
    assert len(graph.asked) == 1


@pytest.mark.parametrize(
    ("failure", "outcome", "cause"),
    [
        (ClientAuthenticationError("Identity not found"), "refused", "identity"),
        (ServiceRequestError("no way to the sign-in"), "not_sent", None),
    ],
)
async def test_without_a_token_nothing_is_sent(
    graph: FakeGraph, failure: Exception, outcome: str, cause: str | None
) -> None:
    async with opened(graph.url, NoToken(failure)) as setting:
        written = await setting.write(SETTING, "enabled", WHY, None)
    assert (written.outcome, written.cause) == (outcome, cause)
    assert str(failure) in (written.why or "")
    assert graph.asked == []


async def test_without_a_write_identity_nothing_is_sent(graph: FakeGraph) -> None:
    async with GraphClient(graph.url, FixedTokenCredential()) as reader:
        written = await GraphSetting(reader, None, None).write(SETTING, "enabled", WHY, None)
    assert (written.outcome, written.cause) == ("refused", "identity")
    assert written.why == "no write identity is configured: set RESTORE_CLIENT_ID"
    assert graph.asked == []


async def test_nothing_but_a_restore_setting_is_written(graph: FakeGraph) -> None:
    async with opened(graph.url) as setting:
        written = await setting.write("b0c1_DefaultLimit", "enabled", WHY, None)
    assert (written.outcome, written.cause) == ("refused", "request")
    assert graph.asked == []


@pytest.mark.parametrize(
    ("reason", "header"),
    [
        ("Rollout für Köln\r\nx-evil: 1", "Rollout fur Koln x-evil: 1"),
        ("x" * 300, "x" * 256),
        ("\x00\n", "no reason given"),
    ],
)
async def test_any_reason_becomes_a_header(graph: FakeGraph, reason: str, header: str) -> None:
    graph.on(f"{LIST}/{SETTING}", reply({}))
    async with opened(graph.url) as setting:
        await setting.write(SETTING, "enabled", reason, None)
    assert graph.asked[0].headers["x-msft-approval-justification"] == header


@given(st.text(max_size=400))
def test_a_justification_is_one_short_line_of_ascii(reason: str) -> None:
    header = header_text(reason)
    assert 0 < len(header) <= 256
    assert header.isascii()
    assert header.isprintable()
    assert header == header.strip()


async def test_no_outcome_shows_a_token() -> None:
    async with tenant(replace(WRITER, roles=frozenset())) as (server, setting):
        server.break_writes(
            WriteFault(status=401), WriteFault(lost="cut"), WriteFault(), WriteFault(status=503)
        )
        said = [(await enable(setting)).why or "" for _ in range(4)]
    assert all(said)
    assert not any(LOOPBACK_WRITER in why or "Bearer" in why for why in said)
