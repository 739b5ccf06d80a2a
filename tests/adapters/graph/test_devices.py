from typing import Any

import pytest
from msgspec import UNSET

from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.devices import GraphDevices
from shared.adapters.graph.paths import MANAGED_DEVICES
from shared.domain.managed_device import SELECTED, ManagedDevice
from shared.errors import GraphAnswerError, GraphThrottledError, GraphUnavailableError
from tests.adapters.graph.fake_graph import FakeGraph, listed

ENTRA = "11111111-2222-3333-4444-555555555555"
NO_ENTRA = "00000000-0000-0000-0000-000000000000"


def device(id_: str = "a", **more: Any) -> dict[str, Any]:
    whole = {
        "id": id_,
        "operatingSystem": "Windows",
        "skuNumber": 4,
        "skuFamily": "Enterprise",
        "joinType": "azureADJoined",
        "azureADDeviceId": ENTRA,
    }
    return whole | more


async def only(client: GraphClient) -> ManagedDevice:
    [found] = (await GraphDevices(client).page(None)).devices
    return found


async def test_the_first_page_asks_for_exactly_what_is_read(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.on(MANAGED_DEVICES, listed(device()))
    page = await GraphDevices(client).page(None)
    assert graph.asked[0].query == {
        "$select": ",".join(SELECTED),
        "$filter": "operatingSystem eq 'Windows'",
        "$top": "1000",
    }
    assert (page.cost.calls, page.next) == (1, None)


async def test_the_cursor_of_a_page_is_where_the_next_one_is_read(
    graph: FakeGraph, client: GraphClient
) -> None:
    link = f"{graph.url}{MANAGED_DEVICES}?$skiptoken=2"
    graph.on(MANAGED_DEVICES, listed(device("a"), following=link), listed(device("b")))
    devices = GraphDevices(client)
    first = await devices.page(None)
    assert first.next == link
    second = await devices.page(first.next)
    assert [d.id for d in second.devices] == ["b"]


async def test_a_page_that_names_itself_as_the_next_is_refused(
    graph: FakeGraph, client: GraphClient
) -> None:
    link = f"{graph.url}{MANAGED_DEVICES}?$skiptoken=2"
    graph.on(MANAGED_DEVICES, listed(device(), following=link))
    with pytest.raises(GraphAnswerError, match="names itself"):
        await GraphDevices(client).page(link)


@pytest.mark.parametrize("in_list", [{"skuNumber": 0, "skuFamily": ""}, {"skuNumber": None}])
async def test_a_sku_the_list_left_out_is_asked_of_the_device(
    graph: FakeGraph, client: GraphClient, in_list: dict[str, Any]
) -> None:
    graph.on(MANAGED_DEVICES, listed(device("a/b", **in_list), device("c")))
    graph.batches(lambda _: (200, {"id": "a/b", "skuNumber": 48, "skuFamily": "Pro"}))
    page = await GraphDevices(client).page(None)
    assert [(d.sku_number, d.sku_family) for d in page.devices] == [
        (48, "Pro"),
        (4, "Enterprise"),
    ]
    assert graph.asked[1].batched == [
        "/deviceManagement/managedDevices/a%2Fb?$select=id,skuNumber,skuFamily"
    ]
    assert page.cost.calls == 2


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"skuNumber": 0, "skuFamily": ""}),
        (200, {"skuNumber": None}),
        (200, {"skuNumber": "odd"}),
        (404, {}),
        (403, {}),
    ],
)
async def test_a_sku_nobody_tells_stays_as_the_list_had_it(
    graph: FakeGraph, client: GraphClient, status: int, body: Any
) -> None:
    graph.on(MANAGED_DEVICES, listed(device(skuNumber=0)))
    graph.batches(lambda _: (status, body))
    found = await only(client)
    assert (found.sku_number, found.sku_family) == (0, "Enterprise")


@pytest.mark.parametrize("join_type", [None, "unknown", "Unknown", ""])
async def test_a_join_type_that_does_not_answer_is_asked_of_entra(
    graph: FakeGraph, client: GraphClient, join_type: str | None
) -> None:
    graph.on(MANAGED_DEVICES, listed(device(joinType=join_type)))
    graph.batches(lambda _: (200, {"deviceId": ENTRA, "trustType": "ServerAd"}))
    assert (await only(client)).trust_type == "ServerAd"
    [asked] = graph.asked_for("/v1.0/$batch")
    assert asked.batched == [f"/devices(deviceId='{ENTRA}')?$select=deviceId,trustType"]


@pytest.mark.parametrize("entra", [NO_ENTRA, None, "", "x') or 1 eq 1"])
async def test_entra_is_not_asked_about_a_device_it_cannot_know(
    graph: FakeGraph, client: GraphClient, entra: str | None
) -> None:
    graph.on(MANAGED_DEVICES, listed(device(joinType=None, azureADDeviceId=entra)))
    assert (await only(client)).trust_type is UNSET
    assert len(graph.asked) == 1


async def test_a_device_that_entra_does_not_know_has_no_trust_type(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.on(MANAGED_DEVICES, listed(device(joinType=None)))
    graph.batches(lambda _: (404, {"error": {"code": "Request_ResourceNotFound"}}))
    assert (await only(client)).trust_type is UNSET


@pytest.mark.parametrize(
    ("status", "raised"), [(429, GraphThrottledError), (503, GraphUnavailableError)]
)
@pytest.mark.parametrize("lacking", [{"skuNumber": 0}, {"joinType": None}])
async def test_a_top_up_that_graph_cannot_answer_now_fails_the_page_instead_of_guessing(
    graph: FakeGraph,
    client: GraphClient,
    status: int,
    raised: type[Exception],
    lacking: dict[str, Any],
) -> None:
    graph.on(MANAGED_DEVICES, listed(device(**lacking)))
    graph.batches(lambda _: (status, {}))
    with pytest.raises(raised):
        await GraphDevices(client).page(None)


async def test_devices_asked_by_id_are_present_absent_or_unanswered(
    graph: FakeGraph, client: GraphClient
) -> None:
    def inner(path: str) -> tuple[int, Any]:
        if path.startswith("/devices("):
            return 200, {"trustType": "AzureAd"}
        id_ = path.partition("?")[0].rpartition("/")[2]
        return {
            "here": (200, device("here", joinType="unknown")),
            "gone": (404, {}),
            "odd": (200, {"id": "odd", "skuNumber": "many"}),
            "nameless": (200, {"id": None}),
            "barred": (403, {}),
            "away": (503, {}),
        }[id_]

    graph.batches(inner)
    found = await GraphDevices(client).by_id(["gone", "here", "odd", "nameless", "barred", "away"])
    assert [(d.id, d.trust_type) for d in found.present] == [("here", "AzureAd")]
    assert found.absent == {"gone"}
    assert found.unanswered == {"odd", "nameless", "barred", "away"}
