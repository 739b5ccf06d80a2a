"""Whatever happens, there is an answer, and it is one that the document tells of."""

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.api.answered import answered
from shared.api.exchange import Api, Request, Response
from shared.errors import (
    AuditError,
    GraphAnswerError,
    GraphThrottledError,
    KeysUnavailableError,
    StorageError,
)
from tests.api.client import OPERATIONS, PLAN_BODY, READER, Client, encoded
from tests.fakes import Calls
from tests.restore_builders import ANNA
from tests.restore_fakes import FakeTokens

TOKEN = "Bearer eyJ.very.secret"


async def breaks(request: Request, api: Api) -> Response:
    raise RuntimeError("the disk is full")


async def failing() -> Response:
    client = Client()
    request = Request(
        method="POST",
        path="/api/x",
        headers={"authorization": TOKEN},
        query={"q": "asked"},
        body=b"the very body",
    )
    api = Api(client.world.control, client.tokens, lambda: client.world.now)
    return await answered(request, breaks, api)


async def test_what_nobody_expected_is_logged_with_the_operation_and_nothing_of_the_caller(
    caplog: pytest.LogCaptureFixture,
) -> None:
    response = await failing()
    assert response.status == 500
    assert b"disk" not in response.body
    assert "breaks failed" in caplog.text
    assert "the disk is full" in caplog.text
    assert "secret" not in caplog.text
    assert "the very body" not in caplog.text


async def test_a_failure_says_what_every_response_says() -> None:
    headers = (await failing()).headers
    assert headers == {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@pytest.mark.parametrize(
    ("call", "error", "status"),
    [
        ("tokens.read", KeysUnavailableError("no keys"), 503),
        ("audit.ledger", AuditError("record 7 is altered"), 503),
        ("audit.ledger", StorageError("storage is away"), 503),
        ("setting.read", GraphThrottledError("later", retry_after=30), 503),
        ("setting.fitness", GraphAnswerError("no sense"), 502),
    ],
)
async def test_what_this_depends_on_is_told_and_logged(
    call: str, error: Exception, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client()
    client.calls.fail(call, error)
    given = await client.ask("read_restore_setting", READER)
    assert (given.status, given.told["detail"]) == (status, str(error))
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert f"status was answered with {status}: {error}" in caplog.text


async def test_how_long_graph_asks_to_wait_is_handed_on() -> None:
    client = Client()
    client.calls.fail("setting.read", GraphThrottledError("later", retry_after=29.5))
    assert (await client.ask("read_restore_setting")).headers["Retry-After"] == "30"


async def test_what_a_caller_did_wrong_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert (await Client().ask("read_change", id="c1")).status == 404
    assert (await Client().ask("read_change", None, id="c1")).status == 401
    assert caplog.text == ""


TEXTS = st.text(st.characters(codec="latin-1"), max_size=12) | st.just("\udcff")
BODIES = st.one_of(
    st.binary(max_size=60),
    st.dictionaries(
        st.sampled_from([*PLAN_BODY, "apply", "override", "why", "x"]), st.text(max_size=12)
    ).map(encoded),
    st.just(encoded(PLAN_BODY)),
)
HEADERS = st.dictionaries(
    st.sampled_from(["if-match", "if-none-match", "idempotency-key", "content-type", "x-y"]),
    TEXTS | st.sampled_from(["*", '"7-planned"', "application/json", "a-key"]),
)
AUTHORIZATIONS = st.sampled_from([{}, {"authorization": FakeTokens(Calls()).issue(ANNA)}])
REQUESTS = st.builds(
    Request,
    method=st.just("POST"),
    path=st.just("/api/restore-setting"),
    headers=st.builds(dict[str, str].__or__, HEADERS, AUTHORIZATIONS),
    query=st.dictionaries(st.sampled_from(["limit", "before", "x"]), TEXTS),
    parameters=st.fixed_dictionaries(
        {"id": TEXTS | st.sampled_from(["c1", "20261122T120000Z-00000001"])}
    ),
    body=BODIES,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(list(OPERATIONS)), REQUESTS)
async def test_nothing_that_a_caller_sends_is_our_failure(name: str, request: Request) -> None:
    client = Client()
    client.fake_tokens.issue(ANNA)
    assert (await client.answer(name, request)).status < 500
