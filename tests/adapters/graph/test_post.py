import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from shared.adapters.graph.client import GraphClient
from shared.errors import GraphError, GraphUnansweredError, GraphUnavailableError
from tests.adapters.graph.conftest import NoToken, Sleeps
from tests.adapters.graph.fake_graph import FakeGraph, Reply, error, fake_graph, reply

PATH = "/v1.0/things"


async def test_what_is_posted_arrives_once_and_its_answer_comes_back(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.on(PATH, reply({"id": 1}, 201, request_id="r-1"))
    answer = await client.post(PATH, b'{"a":1}')

    assert answer.succeeded
    assert (answer.status, answer.body) == (201, b'{"id":1}')
    assert answer.headers["request-id"] == "r-1"
    (asked,) = graph.asked
    assert (asked.method, asked.body) == ("POST", b'{"a":1}')
    assert asked.headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [403, 429, 500, 503, 504])
async def test_a_refusal_is_handed_back_and_not_tried_again(
    graph: FakeGraph, client: GraphClient, sleeps: Sleeps, status: int
) -> None:
    graph.on(PATH, error(status, Retry_After="1"))
    assert (await client.post(PATH, b"{}")).status == status
    assert len(graph.asked) == 1
    assert sleeps == []


async def test_what_is_patched_goes_out_once_with_its_headers(
    graph: FakeGraph, client: GraphClient, sleeps: Sleeps
) -> None:
    graph.on(PATH, error(503))
    assert (await client.patch(PATH, b"{}", {"x-why": "because"})).status == 503
    (asked,) = graph.asked
    assert (asked.method, asked.body, asked.headers["x-why"]) == ("PATCH", b"{}", "because")
    assert asked.headers["content-type"] == "application/json"
    assert sleeps == []


async def test_a_patch_whose_connection_is_cut_says_so_under_its_name(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.on(PATH, Reply(b"{", cut=True))
    with pytest.raises(GraphUnansweredError, match="PATCH /v1"):
        await client.patch(PATH, b"{}", {})
    assert len(graph.asked) == 1


async def test_a_cut_connection_is_unanswered_and_not_tried_again(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.on(PATH, Reply(b"{", cut=True))
    with pytest.raises(GraphUnansweredError, match="may have been done"):
        await client.post(PATH, b"{}")
    assert len(graph.asked) == 1


async def test_a_graph_that_is_not_there_is_unavailable() -> None:
    async with fake_graph() as gone:
        url = gone.url
    async with GraphClient(url, None) as client:
        with pytest.raises(GraphUnavailableError, match="broke"):
            await client.post(PATH, b"{}")


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (ClientAuthenticationError("no identity"), GraphError),
        (ServiceRequestError("no way to the sign-in"), GraphUnavailableError),
    ],
)
async def test_without_a_token_nothing_is_sent(
    graph: FakeGraph, failure: Exception, kind: type[GraphError]
) -> None:
    async with GraphClient(graph.url, NoToken(failure)) as client:
        with pytest.raises(kind):
            await client.post(PATH, b"{}")
    assert graph.asked == []
