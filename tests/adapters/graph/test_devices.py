from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
from msgspec import UNSET

from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.devices import GraphDevices
from shared.adapters.graph.paths import MANAGED_DEVICES
from shared.domain.managed_device import SELECTED, ManagedDevice
from shared.errors import GraphAnswerError, GraphThrottledError, GraphUnavailableError
from tests.adapters.graph.fake_graph import FakeGraph, listed

ENTRA = "abcdef11-2222-3333-4444-555555555555"
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


def joined(device_id: str, trust_type: Any) -> dict[str, Any]:
    return {"deviceId": device_id, "trustType": trust_type}


def guid(number: int) -> str:
    return str(UUID(int=number))


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
    graph.batches(lambda _: (200, {"value": [joined(ENTRA.upper(), "ServerAd")]}))
    assert (await only(client)).trust_type == "ServerAd"
    [asked] = graph.asked_for("/v1.0/$batch")
    assert asked.batched == [
        f"/devices?$select=deviceId,trustType&$filter=deviceId%20eq%20'{ENTRA}'"
    ]


async def test_one_batch_tells_the_join_of_three_hundred_devices(
    graph: FakeGraph, client: GraphClient
) -> None:
    def inner(path: str) -> tuple[int, Any]:
        named = unquote(path).split("'")[1::2]
        return 200, {"value": [joined(device_id, f"of {device_id}") for device_id in named]}

    unclear = [device(str(n), joinType=None, azureADDeviceId=guid(n)) for n in range(1, 301)]
    graph.on(MANAGED_DEVICES, listed(*unclear))
    graph.batches(inner)
    page = await GraphDevices(client).page(None)
    assert [d.trust_type for d in page.devices] == [f"of {guid(n)}" for n in range(1, 301)]
    [asked] = graph.asked_for("/v1.0/$batch")
    assert {path.count("%20eq%20") for path in asked.batched} == {15}


@pytest.mark.parametrize(
    "rows",
    [
        [joined(guid(7), "ServerAd")],
        [joined(ENTRA, 3)],
        [{"deviceId": ENTRA}],
        "no list",
    ],
)
async def test_what_entra_says_of_others_or_in_no_known_way_is_not_taken_for_the_answer(
    graph: FakeGraph, client: GraphClient, rows: Any
) -> None:
    graph.on(MANAGED_DEVICES, listed(device(joinType=None)))
    graph.batches(lambda _: (200, {"value": rows}))
    assert (await only(client)).trust_type is UNSET


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
    graph.batches(lambda _: (200, {"value": []}))
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
        if path.startswith("/devices?"):
            return 200, {"value": [joined(ENTRA, "AzureAd")]}
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


async def test_a_hundred_devices_by_id_cost_five_batches_and_one_for_unclear_joins(
    graph: FakeGraph, client: GraphClient
) -> None:
    def inner(path: str) -> tuple[int, Any]:
        if path.startswith("/devices?"):
            return 200, {"value": [joined(name, "AzureAd") for name in unquote(path).split("'")]}
        number = int(path.partition("?")[0].rpartition("/")[2])
        return 200, device(str(number), joinType=None, azureADDeviceId=guid(number))

    graph.batches(inner)
    found = await GraphDevices(client).by_id([str(n) for n in range(1, 101)])
    assert [d.trust_type for d in found.present] == ["AzureAd"] * 100
    assert len(graph.asked) == 6


def entra_id_in(path: str) -> str:
    return unquote(path).split("azureADDeviceId eq '")[1].split("'")[0]


async def test_all_managed_devices_behind_an_entra_id_are_found(
    graph: FakeGraph, client: GraphClient
) -> None:
    alike = [device("a"), device("b", azureADDeviceId=ENTRA.upper())]
    graph.batches(lambda path: (200, {"value": alike}))
    found = await GraphDevices(client).by_entra_id([ENTRA.upper(), ENTRA.upper()])
    assert ([d.id for d in found.present], found.unanswered) == (["a", "b"], frozenset())
    [asked] = graph.asked
    assert [unquote(path) for path in asked.batched] == [
        f"/deviceManagement/managedDevices?$select={','.join(SELECTED)}"
        f"&$filter=azureADDeviceId eq '{ENTRA.upper()}'&$top=5"
    ]


async def test_what_a_list_leaves_out_is_topped_up_behind_an_entra_id_too(
    graph: FakeGraph, client: GraphClient
) -> None:
    def inner(path: str) -> tuple[int, Any]:
        if path.startswith("/devices?"):
            return 200, {"value": [joined(ENTRA, "ServerAd")]}
        if "/managedDevices/a?" in path:
            return 200, {"skuNumber": 48, "skuFamily": "Pro"}
        return 200, {"value": [device("a", skuNumber=0, joinType="unknown")]}

    graph.batches(inner)
    [found] = (await GraphDevices(client).by_entra_id([ENTRA])).present
    assert (found.sku_number, found.trust_type) == (48, "ServerAd")


async def test_an_entra_id_without_managed_devices_is_answered_by_nothing(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.batches(lambda _: (200, {"value": []}))
    found = await GraphDevices(client).by_entra_id([ENTRA])
    assert (found.present, found.unanswered) == ([], frozenset())


async def test_a_device_of_another_platform_is_an_answer_that_leaves_nobody(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.batches(lambda _: (200, {"value": [device(operatingSystem="Android")]}))
    found = await GraphDevices(client).by_entra_id([ENTRA])
    assert (found.present, found.unanswered) == ([], frozenset())


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"value": [device(azureADDeviceId=guid(9))]}),
        (200, {"value": [device(azureADDeviceId=None, operatingSystem="iOS")]}),
        (200, {"value": [device(skuNumber="many")]}),
        (200, {"value": [device(id=None)]}),
        (200, {"unexpected": True}),
        (403, {}),
        (404, {}),
        (503, {}),
    ],
)
async def test_other_devices_and_refusals_are_never_taken_for_the_answer(
    graph: FakeGraph, client: GraphClient, status: int, body: Any
) -> None:
    graph.batches(lambda _: (status, body))
    found = await GraphDevices(client).by_entra_id([ENTRA])
    assert found.present == []
    assert found.unanswered == {ENTRA}


async def test_the_right_device_counts_where_intune_ignored_the_question(
    graph: FakeGraph, client: GraphClient
) -> None:
    everyone = [device("other", azureADDeviceId=guid(9)), device("mine")]
    graph.batches(lambda _: (200, {"value": everyone}))
    found = await GraphDevices(client).by_entra_id([ENTRA, guid(9), guid(8)])
    assert {d.id for d in found.present} == {"mine", "other"}
    assert found.unanswered == {guid(8)}


async def test_each_entra_id_is_asked_for_on_its_own(graph: FakeGraph, client: GraphClient) -> None:
    graph.batches(lambda path: (200, {"value": [device(path, azureADDeviceId=entra_id_in(path))]}))
    found = await GraphDevices(client).by_entra_id([guid(n) for n in range(1, 31)])
    assert [d.entra_device_id for d in found.present] == [guid(n) for n in range(1, 31)]
    assert [len(a.batched) for a in graph.asked] == [20, 10]


async def test_a_text_that_is_no_guid_is_never_sent(graph: FakeGraph, client: GraphClient) -> None:
    found = await GraphDevices(client).by_entra_id(["", NO_ENTRA, "x' or 1 eq 1"])
    assert (found.present, found.unanswered, graph.asked) == ([], frozenset(), [])
