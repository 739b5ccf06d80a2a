import json

import pytest

from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.waits import MAX_SLEEP, TRIES, Meter
from shared.errors import (
    GraphAnswerError,
    GraphError,
    GraphForbiddenError,
    GraphThrottledError,
    GraphUnavailableError,
)
from tests.adapters.graph.conftest import Sleeps
from tests.adapters.graph.fake_graph import FakeGraph, Reply, error, fake_graph, listed, reply

POLICIES = "/beta/deviceManagement/configurationPolicies"
THING = dict[str, int]
WHOLE = listed({"a": 1})


async def read(client: GraphClient, meter: Meter | None = None) -> list[dict[str, int]]:
    return await client.get_list(POLICIES, THING, meter or Meter())


async def test_a_list_is_read_page_by_page_with_the_nextlink_verbatim(
    graph: FakeGraph, client: GraphClient
) -> None:
    link = f"{graph.url}{POLICIES}?$skiptoken=a%2Bb/c=="
    graph.on(POLICIES, listed({"a": 1}, following=link), listed({"a": 2}))

    assert await read(client) == [{"a": 1}, {"a": 2}]
    assert graph.asked[1].query == {"$skiptoken": "a+b/c=="}
    assert graph.asked[1].headers["authorization"] == "Bearer loopback"


async def test_an_empty_page_in_the_middle_does_not_end_the_list(
    graph: FakeGraph, client: GraphClient
) -> None:
    first, second = (f"{graph.url}{POLICIES}?$skiptoken={n}" for n in (1, 2))
    graph.on(POLICIES, listed(following=first), listed(following=second), listed({"a": 3}))
    assert await read(client) == [{"a": 3}]


async def test_a_filter_arrives_as_it_was_written(graph: FakeGraph, client: GraphClient) -> None:
    graph.on(POLICIES, WHOLE)
    await client.get_list(f"{POLICIES}?$filter=operatingSystem eq 'Windows'", THING, Meter())
    assert graph.asked[0].query == {"$filter": "operatingSystem eq 'Windows'"}


async def test_a_list_that_leads_back_to_itself_is_refused(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.on(POLICIES, listed({"a": 1}, following=f"{graph.url}{POLICIES}?again"))
    with pytest.raises(GraphAnswerError, match="never ends"):
        await read(client)


@pytest.mark.parametrize(
    ("header", "slept"),
    [
        ("3", 3.0),
        ("2.128", 2.128),
        ("Sun, 22 Nov 2026 12:00:07 GMT", 7.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", 1.0),
        ("nan", 1.0),
        (None, 1.0),
    ],
)
async def test_retry_after_is_honoured_in_every_form(
    graph: FakeGraph, client: GraphClient, sleeps: Sleeps, header: str | None, slept: float
) -> None:
    headers = {} if header is None else {"Retry_After": header}
    graph.on(POLICIES, error(429, "TooManyRequests", **headers), WHOLE)
    meter = Meter()
    assert await read(client, meter) == [{"a": 1}]
    assert sleeps == pytest.approx([slept])
    assert (meter.calls, meter.throttled) == (2, 1)
    assert meter.cost.waited == pytest.approx(slept)


async def test_without_retry_after_the_waits_double_up_to_a_cap(
    graph: FakeGraph, client: GraphClient, sleeps: Sleeps
) -> None:
    graph.on(POLICIES, *[error(429)] * (TRIES - 1), WHOLE)
    await read(client)
    assert sleeps == [1.0, 2.0, 4.0, 8.0, 16.0, MAX_SLEEP]


async def test_a_long_wait_is_handed_back_and_not_slept_through(
    graph: FakeGraph, client: GraphClient, sleeps: Sleeps
) -> None:
    graph.on(POLICIES, error(429, Retry_After="31", request_id="r-1"))
    with pytest.raises(GraphThrottledError) as raised:
        await read(client)
    assert raised.value.retry_after == 31.0
    assert raised.value.request_id == "r-1"
    assert sleeps == []
    assert len(graph.asked) == 1


async def test_many_short_waits_are_handed_back_when_the_budget_is_spent(
    graph: FakeGraph, client: GraphClient, sleeps: Sleeps
) -> None:
    graph.on(POLICIES, error(429, Retry_After="20"))
    with pytest.raises(GraphThrottledError) as raised:
        await read(client, Meter(budget=50.0))
    assert raised.value.retry_after == 20.0
    assert sleeps == [20.0, 20.0]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_backend_that_is_away_for_a_moment_is_asked_again(
    graph: FakeGraph, client: GraphClient, status: int
) -> None:
    graph.on(POLICIES, error(status), WHOLE)
    assert await read(client) == [{"a": 1}]


async def test_a_backend_that_stays_away_is_unavailable(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.on(POLICIES, error(503, "ServiceUnavailable", request_id="r-2"))
    with pytest.raises(GraphUnavailableError, match=r"503 ServiceUnavailable.*r-2"):
        await read(client)
    assert len(graph.asked) == TRIES


async def test_a_cut_connection_is_tried_again(graph: FakeGraph, client: GraphClient) -> None:
    graph.on(POLICIES, Reply(b'{"value": [{"a"', cut=True), WHOLE)
    assert await read(client) == [{"a": 1}]


async def test_a_connection_that_always_breaks_is_unavailable(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.on(POLICIES, Reply(b'{"value": [', cut=True))
    with pytest.raises(GraphUnavailableError, match="broke"):
        await read(client)


async def test_a_truncated_page_is_read_again(graph: FakeGraph, client: GraphClient) -> None:
    graph.on(POLICIES, Reply(b'{"value": [{"a": 1}, {"a"'), WHOLE)
    assert await read(client) == [{"a": 1}]


@pytest.mark.parametrize(
    "body",
    [b"<html><body>Sign in</body></html>", b"", b"[]", b'{"values": []}', b'{"value": {"a": 1}}'],
    ids=["html", "nothing", "an array", "no value", "value is no list"],
)
async def test_a_body_that_is_no_list_is_a_failed_read_and_never_an_empty_one(
    graph: FakeGraph, client: GraphClient, body: bytes
) -> None:
    graph.on(POLICIES, Reply(body, headers={"request-id": "r-3"}))
    with pytest.raises(GraphAnswerError) as raised:
        await read(client)
    assert raised.value.request_id == "r-3"
    assert len(graph.asked) == 3


async def test_a_missing_permission_is_named_and_not_tried_again(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.on(POLICIES, error(403, "Forbidden", "Not you."))
    with pytest.raises(GraphForbiddenError, match=r"Not you\.") as raised:
        await read(client)
    assert raised.value.permission == "DeviceManagementConfiguration.Read.All"
    assert raised.value.permission in str(raised.value)
    assert len(graph.asked) == 1


async def test_intunes_nested_message_is_read_and_keeps_what_support_asks_for(
    graph: FakeGraph, client: GraphClient
) -> None:
    activity = "0d267d53-3b29-44e8-930b-2c0193bc2cba"
    nested = {
        "_version": 3,
        "Message": f"The tenant is not licensed. - Operation ID (for customer support): 0"
        f" - Activity ID: {activity} - Url: https://fef.example/x",
    }
    body = {
        "error": {
            "code": "BadRequest",
            "message": json.dumps(nested, indent=2),
            "innerError": {"request-id": "r-4"},
        }
    }
    graph.on(POLICIES, reply(body, 400))
    with pytest.raises(GraphError) as raised:
        await read(client)
    message = str(raised.value)
    assert "The tenant is not licensed. (Intune activity id" in message
    assert activity in message
    assert "fef.example" not in message
    assert (raised.value.code, raised.value.request_id) == ("BadRequest", "r-4")


async def test_a_refusal_with_an_empty_inner_error_keeps_its_code(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.on(POLICIES, reply({"error": {"code": "BadRequest", "innerError": None}}, 400))
    with pytest.raises(GraphError) as raised:
        await read(client)
    assert raised.value.code == "BadRequest"


async def test_a_refusal_in_html_still_keeps_the_request_id(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.on(POLICIES, Reply(b"<html>", 418, {"request-id": "r-5"}))
    with pytest.raises(GraphError, match=r"418.*r-5"):
        await read(client)


async def test_a_forged_nextlink_is_refused_and_its_host_hears_nothing(
    graph: FakeGraph, client: GraphClient
) -> None:
    async with fake_graph() as thief:
        graph.on(POLICIES, listed({"a": 1}, following=f"{thief.url}{POLICIES}"))
        with pytest.raises(GraphAnswerError, match="no token leaves Graph"):
            await read(client)
        assert thief.asked == []


@pytest.mark.parametrize(
    "link",
    [
        "https://graph.microsoft.com.evil.example/beta/x",
        "https://graph.microsoft.com@evil.example/beta/x",
        "https://graph.microsoft.com\\@evil.example/beta/x",
        "https://evil.example/graph.microsoft.com",
        "https://user@graph.microsoft.com/beta/x",
        "http://graph.microsoft.com/beta/x",
        "https://graph.microsoft.com:8443/beta/x",
        "ftp://graph.microsoft.com/x",
        "mailto:someone",
        "https://[broken",
    ],
)
async def test_no_disguise_gets_a_link_to_another_host_followed(link: str) -> None:
    async with GraphClient("https://graph.microsoft.com", None) as client:
        with pytest.raises(GraphAnswerError, match="nextLink"):
            await client.get_list(link, THING, Meter())


async def test_a_redirect_to_another_host_is_not_followed(
    graph: FakeGraph, client: GraphClient
) -> None:
    async with fake_graph() as thief:
        graph.on(POLICIES, Reply(status=302, headers={"Location": thief.url}))
        with pytest.raises(GraphError, match="302"):
            await read(client)
        assert thief.asked == []


async def test_without_a_credential_nothing_is_signed(graph: FakeGraph) -> None:
    graph.on("/tenant/config", reply({"a": 1}))
    async with GraphClient(graph.url, None) as anonymous:
        assert await anonymous.get("/tenant/config", bytes, Meter()) == b'{"a":1}'
    assert "authorization" not in graph.asked[0].headers
