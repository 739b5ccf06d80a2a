from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from shared.adapters.graph.audit import MOST_PAGES, SILENT
from shared.adapters.graph.changes import GraphChanges
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.paths import AUDIT_EVENTS
from shared.domain.feed import Actor, TenantChange
from tests.adapters.graph.fake_graph import FakeGraph, Reply, error, listed
from tests.adapters.graph.samples import needs_samples, sample

SEEN = datetime(2026, 11, 22, 12, tzinfo=UTC)
LAST_KNOWN = SEEN - timedelta(minutes=15)
ADA = {
    "userPrincipalName": "ada@contoso.example",
    "applicationDisplayName": "Microsoft Intune portal extension",
    "applicationId": "app-1",
}


def change(id_: str = "policy-1", **more: Any) -> TenantChange:
    whole: dict[str, Any] = {"kind": "backup_policy", "last_known": LAST_KNOWN} | more
    return TenantChange(id=id_, name="A policy", old=None, new={}, seen=SEEN, **whole)


def event(minutes: float = -1, resource: Any = "policy-1", **more: Any) -> dict[str, Any]:
    """An event that many minutes after the change was seen; by a resource's id or whole."""
    whole = resource if isinstance(resource, dict) else {"resourceId": resource}
    at = SEEN + timedelta(minutes=minutes)
    return {
        "activityDateTime": at.isoformat().replace("+00:00", "Z"),
        "activityResult": "Success",
        "actor": ADA,
        "resources": [whole],
    } | more


async def explained(
    graph: FakeGraph, client: GraphClient, *events: Any, of: TenantChange | None = None
) -> TenantChange:
    graph.on(AUDIT_EVENTS, listed(*events))
    [found] = await GraphChanges(client).actors([of or change()])
    return found


async def test_a_change_is_explained_by_who_touched_it_then(
    graph: FakeGraph, client: GraphClient
) -> None:
    found = await explained(graph, client, event(-3, "POLICY-1"))
    assert found.who == Actor(
        name="ada@contoso.example",
        application="Microsoft Intune portal extension",
        application_id="app-1",
        at=SEEN - timedelta(minutes=3),
    )
    assert found.who_unknown is None
    assert graph.asked[0].query == {"$filter": "activityDateTime gt 2026-11-22T11:40:00Z"}


async def test_the_newest_event_wins_in_whatever_order_they_come(
    graph: FakeGraph, client: GraphClient
) -> None:
    grace = event(-1, actor={"userPrincipalName": "grace@contoso.example"})
    found = await explained(graph, client, event(-9), grace, event(-5))
    assert found.who is not None
    assert found.who.name == "grace@contoso.example"


@pytest.mark.parametrize(
    ("actor", "name"),
    [
        ({"userPrincipalName": "", "servicePrincipalName": "pipeline"}, "pipeline"),
        ({"userPrincipalName": None, "applicationDisplayName": "Terraform"}, "Terraform"),
        ({"userPrincipalName": ""}, None),
    ],
)
async def test_an_application_is_named_where_no_user_acted(
    graph: FakeGraph, client: GraphClient, actor: Any, name: str | None
) -> None:
    found = await explained(graph, client, event(actor=actor))
    assert found.who is not None
    assert found.who.name == name


@pytest.mark.parametrize(
    "other",
    [
        event(resource="policy-2"),
        event(resource=None),
        event(resources=None),
        event(resources=[]),
        event(minutes=5.5),
        event(minutes=-20),
        event(activityDateTime="soon"),
        event(activityResult="Failure"),
        event(actor=None),
    ],
)
async def test_what_does_not_fit_explains_nothing(
    graph: FakeGraph, client: GraphClient, other: Any
) -> None:
    found = await explained(graph, client, other)
    assert (found.who, found.who_unknown) == (None, SILENT)


@pytest.mark.parametrize("minutes", [4.9, 0, -19.9])
async def test_the_time_looked_at_ends_when_the_change_was_seen_as_far_as_clocks_agree(
    graph: FakeGraph, client: GraphClient, minutes: float
) -> None:
    assert (await explained(graph, client, event(minutes))).who is not None


RESTORE = "0f1e_WindowsRestore"


@pytest.mark.parametrize(
    "resource",
    [
        RESTORE,
        "another_windowsrestore",
        {
            "resourceId": "0f1e",
            "modifiedProperties": [{"displayName": "Id", "newValue": RESTORE, "oldValue": None}],
        },
    ],
)
async def test_the_restore_setting_is_known_by_its_suffix(
    graph: FakeGraph, client: GraphClient, resource: Any
) -> None:
    setting = change(RESTORE, kind="restore_setting")
    assert (await explained(graph, client, event(resource=resource), of=setting)).who is not None


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("backup_policy", "another_WindowsRestore"),
        ("restore_setting", "0f1e"),
        (
            "restore_setting",
            {"modifiedProperties": [{"displayName": "State", "newValue": RESTORE}]},
        ),
    ],
)
async def test_the_suffix_names_nothing_but_the_restore_setting(
    graph: FakeGraph, client: GraphClient, kind: Any, resource: Any
) -> None:
    found = await explained(graph, client, event(resource=resource), of=change("x", kind=kind))
    assert found.who is None


async def test_all_changes_are_explained_by_one_reading_from_the_oldest_on(
    graph: FakeGraph, client: GraphClient
) -> None:
    older = change("policy-2", last_known=SEEN - timedelta(hours=2))
    link = f"{graph.url}{AUDIT_EVENTS}?$skiptoken=2"
    graph.on(AUDIT_EVENTS, listed(event(), following=link), listed(event(-100, "policy-2")))
    found = await GraphChanges(client).actors([change(), older])
    assert [c.id for c in found] == ["policy-1", "policy-2"]
    assert all(c.who for c in found)
    assert graph.asked[0].query["$filter"] == "activityDateTime gt 2026-11-22T09:55:00Z"
    assert len(graph.asked) == 2


async def test_what_explains_an_older_change_does_not_explain_a_newer_one(
    graph: FakeGraph, client: GraphClient
) -> None:
    older = change("policy-2", last_known=SEEN - timedelta(hours=2))
    graph.on(AUDIT_EVENTS, listed(event(-60, "policy-1"), event(-60, "policy-2")))
    newer, older = await GraphChanges(client).actors([change("policy-1"), older])
    assert newer.who is None
    assert older.who is not None


async def test_without_the_permission_the_changes_come_back_and_say_what_is_missing(
    graph: FakeGraph, client: GraphClient
) -> None:
    graph.on(AUDIT_EVENTS, error(403, "Forbidden"))
    [found] = await GraphChanges(client).actors([change()])
    assert found.who is None
    assert "DeviceManagementApps.Read.All" in (found.who_unknown or "")
    assert msgspec.structs.replace(found, who_unknown=None) == change()


@pytest.mark.parametrize(
    "reply", [error(503), error(429, Retry_After="900"), error(401), error(400), Reply(b"odd")]
)
async def test_an_audit_log_that_fails_never_stops_the_poll(
    graph: FakeGraph, client: GraphClient, reply: Reply
) -> None:
    graph.on(AUDIT_EVENTS, reply)
    [found] = await GraphChanges(client).actors([change()])
    assert found.who is None
    assert "was not read" in (found.who_unknown or "")


async def test_a_log_that_never_ends_is_given_up(graph: FakeGraph, client: GraphClient) -> None:
    link = f"{graph.url}{AUDIT_EVENTS}?$skiptoken=1"
    graph.on(AUDIT_EVENTS, listed(event(), following=link))
    [found] = await GraphChanges(client).actors([change()])
    assert "more than" in (found.who_unknown or "")
    assert len(graph.asked) == MOST_PAGES


async def test_no_changes_ask_nothing(graph: FakeGraph, client: GraphClient) -> None:
    assert list(await GraphChanges(client).actors([])) == []
    assert graph.asked == []


@needs_samples
async def test_a_real_event_is_read(graph: FakeGraph, client: GraphClient) -> None:
    real = sample("intuneAuditEvent_create_enrollmentConfiguration.real.json")
    seen = datetime(2024, 8, 9, 18, 30, tzinfo=UTC)
    made = msgspec.structs.replace(
        change("XXXX-xxxx-xxxx-xxxx-xxxx_Limit"), seen=seen, last_known=seen - timedelta(minutes=15)
    )
    found = await explained(graph, client, real, of=made)
    assert found.who is not None
    assert found.who.name == "xxx@xxx.com"
