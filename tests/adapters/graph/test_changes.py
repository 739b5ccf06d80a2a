from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.adapters.graph.changes import GraphChanges
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.paths import DELTA, DEVICES, SYNCED_DEVICES
from shared.errors import (
    DeltaExpiredError,
    GraphAnswerError,
    GraphError,
    GraphForbiddenError,
    GraphThrottledError,
    GraphUnavailableError,
)
from tests.adapters.graph.fake_graph import FakeGraph, Reply, error, listed, reply

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def guid(number: int) -> str:
    return str(UUID(int=number))


def delta(*items: Any, **links: str) -> Reply:
    return reply({"value": items} | {f"@odata.{name}": link for name, link in links.items()})


def at(minutes: float) -> str:
    return (NOON + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


async def test_the_feed_starts_now_and_watches_what_eligibility_depends_on(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.on(DELTA, delta(deltaLink="from-now"))
    assert await GraphChanges(client).latest() == "from-now"
    [asked] = graph.asked
    assert asked.query["$deltatoken"] == "latest"
    selected = asked.query["$select"].split(",")
    assert {"deviceId", "trustType", "operatingSystem", "physicalIds"} <= set(selected)
    assert "approximateLastSignInDateTime" not in selected


async def test_pages_before_the_first_delta_link_are_followed(
    graph: FakeGraph, client: GraphClient
) -> None:
    more = f"{graph.url}{DELTA}?$skiptoken=1"
    graph.on(DELTA, delta(nextLink=more), delta(deltaLink="from-now"))
    assert await GraphChanges(client).latest() == "from-now"
    assert graph.asked[1].query == {"$skiptoken": "1"}


async def test_pages_that_lead_to_no_delta_link_are_not_followed_for_ever(
    graph: FakeGraph, client: GraphClient
) -> None:
    links = [f"{graph.url}{DELTA}?$skiptoken={n}" for n in (1, 2)]
    graph.answer(
        DELTA,
        lambda asked: delta(nextLink=links[asked.query.get("$skiptoken") == "1"]),
    )
    with pytest.raises(GraphAnswerError, match="never end"):
        await GraphChanges(client).latest()


async def test_no_delta_link_at_all_is_a_failed_read(graph: FakeGraph, client: GraphClient) -> None:
    graph.on(DELTA, delta())
    with pytest.raises(GraphAnswerError, match="neither"):
        await GraphChanges(client).latest()


async def test_a_delta_link_is_followed_as_it_stands(graph: FakeGraph, client: GraphClient) -> None:
    graph.on(DELTA, delta({"id": "a"}, deltaLink="later"))
    page = await GraphChanges(client).since(f"{graph.url}{DELTA}?$deltatoken=x%2Fy")
    assert (page.changed, page.delta_link) == ({"a": None}, "later")
    assert graph.asked[0].query == {"$deltatoken": "x/y"}


async def test_a_delta_link_to_another_host_is_not_followed(client: GraphClient) -> None:
    with pytest.raises(GraphAnswerError, match="elsewhere"):
        await GraphChanges(client).since("https://elsewhere.test/v1.0/devices/delta")


async def test_a_page_of_changes_that_names_itself_is_refused(
    graph: FakeGraph, client: GraphClient
) -> None:
    link = f"{graph.url}{DELTA}?$skiptoken=1"
    graph.on(DELTA, delta(nextLink=link))
    with pytest.raises(GraphAnswerError, match="names itself"):
        await GraphChanges(client).since(link)


async def test_a_delta_link_may_lead_to_itself_where_nothing_changed(
    graph: FakeGraph, client: GraphClient
) -> None:
    link = f"{graph.url}{DELTA}?$deltatoken=1"
    graph.on(DELTA, delta(deltaLink=link))
    assert (await GraphChanges(client).since(link)).delta_link == link


@pytest.mark.parametrize(
    "refused",
    [
        error(410, "Gone", Location="https://graph.test/afresh"),
        Reply(b"", 410),
        error(400, "syncStateNotFound"),
        error(400, "ResyncRequired"),
        reply({"error": {"code": "BadRequest", "innerError": {"code": "resyncRequired"}}}, 400),
        reply(
            {
                "error": {
                    "code": "BadRequest",
                    "innererror": {"innerError": {"code": "SyncStateNotFound"}},
                }
            },
            400,
        ),
    ],
)
async def test_an_expired_link_is_told_apart_and_asked_once(
    graph: FakeGraph, client: GraphClient, refused: Reply
) -> None:
    graph.on(DELTA, refused)
    with pytest.raises(DeltaExpiredError, match="expired"):
        await GraphChanges(client).since(f"{graph.url}{DELTA}?$deltatoken=secret")
    assert len(graph.asked) == 1


@pytest.mark.parametrize("refused", [error(400, "BadRequest"), error(404, "resyncRequired")])
async def test_other_refusals_are_not_taken_for_an_expired_link(
    graph: FakeGraph, client: GraphClient, refused: Reply
) -> None:
    graph.on(DELTA, refused)
    with pytest.raises(GraphError) as raised:
        await GraphChanges(client).since(f"{graph.url}{DELTA}?$deltatoken=1")
    assert not isinstance(raised.value, DeltaExpiredError)


async def test_only_a_delta_link_expires(graph: FakeGraph, client: GraphClient) -> None:
    graph.on(DEVICES, error(410, "syncStateNotFound"))
    with pytest.raises(GraphError) as raised:
        await GraphChanges(client).directory(None)
    assert not isinstance(raised.value, DeltaExpiredError)


async def test_an_item_nobody_can_name_fails_the_page_and_is_asked_for_again(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.on(DELTA, delta({"deviceId": guid(1)}, deltaLink="x"), delta({"id": "a"}, deltaLink="x"))
    page = await GraphChanges(client).since(f"{graph.url}{DELTA}?$deltatoken=1")
    assert page.changed == {"a": None}


async def test_the_changes_of_entra_need_a_permission(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.on(DELTA, error(403, "Forbidden"))
    with pytest.raises(GraphForbiddenError) as raised:
        await GraphChanges(client).latest()
    assert raised.value.permission == "Device.Read.All"


async def test_objects_are_asked_for_their_device_ids_and_those_gone_are_left_out(
    graph: FakeGraph, client: GraphClient
) -> None:
    def inner(path: str) -> tuple[int, Any]:
        return {
            "/devices/a%2Fb?$select=id,deviceId": (200, {"id": "a/b", "deviceId": guid(1)}),
            "/devices/gone?$select=id,deviceId": (404, {}),
            "/devices/bare?$select=id,deviceId": (200, {"id": "bare", "deviceId": None}),
        }[path]

    graph.batches(inner)
    assert await GraphChanges(client).device_ids(["gone", "a/b", "bare"]) == {"a/b": guid(1)}


@pytest.mark.parametrize(
    ("status", "body", "raised"),
    [
        (429, {}, GraphThrottledError),
        (503, {}, GraphUnavailableError),
        (403, {}, GraphForbiddenError),
        (200, [], GraphAnswerError),
    ],
)
async def test_an_object_that_is_not_answered_is_not_taken_for_gone(
    graph: FakeGraph, client: GraphClient, status: int, body: Any, raised: type[Exception]
) -> None:
    graph.batches(lambda _: (status, body))
    with pytest.raises(raised):
        await GraphChanges(client).device_ids(["a"])


async def test_no_objects_are_no_call(graph: FakeGraph, client: GraphClient) -> None:
    assert await GraphChanges(client).device_ids([]) == {}
    assert graph.asked == []


async def test_the_directory_is_read_page_by_page(graph: FakeGraph, client: GraphClient) -> None:
    link = f"{graph.url}{DEVICES}?$skiptoken=2"
    rows = [{"id": guid(n), "deviceId": guid(n + 100)} for n in (1, 2)]
    nobody = [{"id": guid(3)}, {"deviceId": guid(4)}, {"id": 5, "deviceId": []}]
    graph.on(DEVICES, listed(rows[0], *nobody, following=link), listed(rows[1]))
    changes = GraphChanges(client)
    first = await changes.directory(None)
    assert (first.devices, first.next) == ({guid(1): guid(101)}, link)
    second = await changes.directory(first.next)
    assert (second.devices, second.next) == ({guid(2): guid(102)}, None)
    assert [a.query for a in graph.asked] == [
        {
            "$select": "id,deviceId",
            "$filter": "startswith(operatingSystem,'Windows')",
            "$top": "999",
        },
        {"$skiptoken": "2"},
    ]


async def test_a_page_of_the_directory_that_names_itself_is_refused(
    graph: FakeGraph, client: GraphClient
) -> None:
    link = f"{graph.url}{DEVICES}?$skiptoken=2"
    graph.on(DEVICES, listed(following=link))
    with pytest.raises(GraphAnswerError, match="names itself"):
        await GraphChanges(client).directory(link)


async def test_what_synced_later_is_asked_of_intune_and_filtered_again(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.on(
        SYNCED_DEVICES,
        listed(
            {
                "id": "later",
                "lastSyncDateTime": at(1),
                "operatingSystem": "Windows",
                "azureADDeviceId": "E-1",
            },
            {"id": "then", "lastSyncDateTime": at(0), "operatingSystem": "Windows"},
            {"id": "earlier", "lastSyncDateTime": at(-1), "operatingSystem": "Windows"},
            {"id": "phone", "lastSyncDateTime": at(1), "operatingSystem": "iOS"},
            {"id": "unsaid", "lastSyncDateTime": at(2)},
            {"id": "undated", "lastSyncDateTime": "soon"},
            {"id": None, "lastSyncDateTime": at(1)},
        ),
    )
    page = await GraphChanges(client).synced(NOON, None)
    assert page.devices == {
        "later": NOON + timedelta(minutes=1),
        "unsaid": NOON + timedelta(minutes=2),
        "undated": NOON,
    }
    assert (page.next, page.entra_ids) == (None, {"later": "E-1"})
    assert graph.asked[0].query == {
        "$select": "id,lastSyncDateTime,operatingSystem,azureADDeviceId",
        "$filter": "lastSyncDateTime gt 2026-11-22T12:00:00Z",
        "$top": "1000",
    }


async def test_a_fraction_of_a_second_is_compared_here_and_not_by_intune(
    graph: FakeGraph, client: GraphClient
) -> None:
    row = {"operatingSystem": "Windows"}
    graph.on(
        SYNCED_DEVICES,
        listed(
            {"id": "before", "lastSyncDateTime": "2026-11-22T12:00:00.25Z", **row},
            {"id": "after", "lastSyncDateTime": "2026-11-22T12:00:00.7500001Z", **row},
        ),
    )
    page = await GraphChanges(client).synced(NOON.replace(microsecond=500_000), None)
    assert set(page.devices) == {"after"}
    assert graph.asked[0].query["$filter"] == "lastSyncDateTime gt 2026-11-22T12:00:00Z"


async def test_the_cursor_of_synced_devices_is_followed_as_it_stands(
    graph: FakeGraph, client: GraphClient
) -> None:
    link = f"{graph.url}{SYNCED_DEVICES}?$skiptoken=2"
    graph.on(SYNCED_DEVICES, listed(following=link), listed())
    changes = GraphChanges(client)
    assert (await changes.synced(NOON, None)).next == link
    assert (await changes.synced(NOON, link)).next is None
    assert graph.asked[1].query == {"$skiptoken": "2"}
    graph.on(SYNCED_DEVICES, listed(following=link))
    with pytest.raises(GraphAnswerError, match="names itself"):
        await changes.synced(NOON, link)
