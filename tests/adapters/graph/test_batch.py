from collections import Counter
from typing import Any

import msgspec
import pytest

from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.waits import Meter
from shared.errors import (
    GraphForbiddenError,
    GraphThrottledError,
    GraphUnavailableError,
)
from tests.adapters.graph.conftest import Sleeps
from tests.adapters.graph.fake_graph import Asked, FakeGraph, Reply, error, reply

DEVICE = "/beta/deviceManagement/managedDevices"


def answers(*inner: tuple[str, int, dict[str, str], Any]) -> Reply:
    return reply(
        {"responses": [{"id": i, "status": s, "headers": h, "body": b} for i, s, h, b in inner]}
    )


async def test_batches_hold_twenty_and_answers_keep_the_order_asked(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.batches(lambda path: (200, {"path": path}))
    paths = [f"{DEVICE}/{n}" for n in range(45)]
    meter = Meter()
    found = await client.batch(paths, meter)
    assert [len(a.batched) for a in graph.asked] == [20, 20, 5]
    assert [msgspec.json.decode(a.body)["path"] for a in found] == [
        path.removeprefix("/beta") for path in paths
    ]
    assert meter.calls == 3


async def test_what_is_throttled_inside_a_batch_is_tried_again_alone(
    graph: FakeGraph, client: GraphClient, sleeps: Sleeps
) -> None:
    tries: Counter[str] = Counter()

    def script(asked: Asked) -> Reply:
        tries.update(asked.batched)
        given = [
            (r["id"], 429, {"Retry-After": "2.5"}, {"error": {"code": "TooManyRequests"}})
            if r["url"].endswith("/1") and tries[r["url"]] == 1
            else (r["id"], 200, {}, {"ok": r["url"]})
            for r in msgspec.json.decode(asked.body)["requests"]
        ]
        return answers(*given)

    graph.answer("/beta/$batch", script)
    meter = Meter()
    found = await client.batch([f"{DEVICE}/{n}" for n in range(3)], meter)
    assert [a.error for a in found] == [None, None, None]
    assert graph.asked[1].batched == ["/deviceManagement/managedDevices/1"]
    assert sleeps == [2.5]
    assert meter.throttled == 1


async def test_what_stays_throttled_is_answered_by_its_error_and_the_rest_is_kept(
    graph: FakeGraph, client: GraphClient, sleeps: Sleeps
) -> None:
    graph.on(
        "/beta/$batch",
        answers(
            ("0", 200, {}, {"ok": 1}),
            ("1", 429, {"Retry-After": "90"}, {"error": {"code": "TooManyRequests"}}),
        ),
    )
    kept, throttled = await client.batch([f"{DEVICE}/a", f"{DEVICE}/b"], Meter())
    assert kept.error is None
    assert isinstance(throttled.error, GraphThrottledError)
    assert throttled.error.retry_after == 90.0
    assert sleeps == []


async def test_an_answer_that_was_left_out_is_asked_for_again(
    graph: FakeGraph, client: GraphClient
) -> None:
    first = answers(("0", 200, {}, {}))
    graph.on("/beta/$batch", first, answers(("1", 200, {}, {"late": True})))
    found = await client.batch([f"{DEVICE}/a", f"{DEVICE}/b"], Meter())
    assert [a.error for a in found] == [None, None]
    assert found[1].body == b'{"late":true}'


async def test_an_answer_that_never_comes_is_unavailable(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.on("/beta/$batch", answers())
    [answer] = await client.batch([f"{DEVICE}/a"], Meter())
    assert isinstance(answer.error, GraphUnavailableError)


async def test_a_refusal_inside_a_batch_is_final_and_names_the_permission(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.batches(lambda _: (403, {"error": {"code": "Forbidden", "message": "No."}}))
    [answer] = await client.batch(["/v1.0/devices(deviceId='x')?$select=trustType"], Meter())
    assert isinstance(answer.error, GraphForbiddenError)
    assert answer.error.permission == "Device.Read.All"
    assert len(graph.asked) == 1


async def test_a_batch_that_is_throttled_as_a_whole_is_tried_again_as_a_whole(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.on("/beta/$batch", error(429, Retry_After="1"), answers(("0", 200, {}, {})))
    [answer] = await client.batch([f"{DEVICE}/a"], Meter())
    assert answer.error is None
    assert graph.asked[0].batched == graph.asked[1].batched


async def test_one_batch_cannot_mix_versions(client: GraphClient) -> None:
    with pytest.raises(ValueError, match=r"beta and v1\.0"):
        await client.batch(["/beta/a", "/v1.0/b"], Meter())


async def test_nothing_asked_is_nothing_called(graph: FakeGraph, client: GraphClient) -> None:
    assert await client.batch([], Meter()) == []
    assert graph.asked == []
