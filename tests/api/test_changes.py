"""Reading changes, and what follows on a plan."""

from datetime import timedelta

from shared.domain.restore_change import Denied
from tests.api.client import READER, Client
from tests.restore_builders import ANNA, BEN, CARA
from tests.restore_fakes import Reply

LATER = timedelta(minutes=1)


async def test_a_change_is_told_with_where_it_stands() -> None:
    client = Client()
    planned = await client.world.plan()
    given = await client.ask("read_change", READER, id=planned.id)
    assert given.status == 200
    assert given.headers["ETag"] == f'"{planned.etag}"'
    assert "Location" not in given.headers
    assert (given.told["id"], given.told["state"]) == (planned.id, "planned")
    assert given.told["approvals_missing"] == 1
    assert given.told["says"]
    assert given.told["remedies"] == []
    assert given.told["affected"]["devices"] == 100


async def test_a_change_that_the_caller_has_is_not_sent_again() -> None:
    client = Client()
    planned = await client.world.plan()
    given = await client.ask("read_change", id=planned.id, if_none_match=f'"{planned.etag}"')
    assert (given.status, given.told) == (304, None)
    assert given.headers["ETag"] == f'"{planned.etag}"'


async def test_a_plan_that_has_expired_since_is_sent_again() -> None:
    client = Client()
    planned = await client.world.plan()
    client.world.now += timedelta(days=1)
    given = await client.ask("read_change", id=planned.id, if_none_match=f'"{planned.etag}"')
    assert (given.status, given.told["state"]) == (200, "expired")


async def test_there_is_no_such_change() -> None:
    given = await Client().ask("read_change", id="20261122T120000Z-00000001")
    assert (given.status, given.problem) == (404, "not-found")
    assert given.told["instance"] == "/api/restore-setting/changes/20261122T120000Z-00000001"


async def test_changes_are_listed_page_by_page_newest_first() -> None:
    client = Client()
    ids = [(await client.world.plan()).id for _ in range(3)]
    first = await client.ask("list_changes", READER, query={"limit": "2"})
    assert [change["id"] for change in first.told["changes"]] == [ids[2], ids[1]]
    rest = await client.ask("list_changes", query={"before": first.told["next"]})
    assert [change["id"] for change in rest.told["changes"]] == [ids[0]]
    assert rest.told["next"] is None


async def test_a_list_that_cannot_be_is_told() -> None:
    assert (await Client().ask("list_changes", query={"limit": "0"})).status == 400


async def test_somebody_else_approves() -> None:
    client = Client()
    planned = await client.world.plan(ANNA)
    own = await client.ask("approve_change", ANNA, {}, id=planned.id)
    assert (own.status, own.problem) == (403, "own-plan")
    assert isinstance(client.world.audit.events[-1], Denied)
    given = await client.ask("approve_change", BEN, {}, id=planned.id)
    assert (given.status, given.told["state"]) == (200, "approved")
    assert given.told["approvals_missing"] == 0
    assert given.headers["ETag"] == f'"{given.told["version"]}-approved"'


async def test_what_somebody_saw_has_to_be_so_still() -> None:
    client = Client()
    planned = await client.world.plan()
    seen = f'"{planned.etag}"'
    await client.world.approve(planned.id)
    for name in ("approve_change", "reject_change", "apply_change", "confirm_change"):
        given = await client.ask(name, BEN, id=planned.id, if_match=seen)
        assert (given.status, given.problem) == (412, "stale")
    weak = await client.ask("apply_change", BEN, id=planned.id, if_match='W/"3-approved"')
    assert weak.status == 412
    assert client.world.setting.writes == []


async def test_a_plan_is_rejected_with_a_reason() -> None:
    client = Client()
    planned = await client.world.plan()
    given = await client.ask("reject_change", CARA, {"why": "not yet"}, id=planned.id)
    assert (given.status, given.told["state"]) == (200, "rejected")
    assert given.told["outcome"]["why"] == "not yet"
    again = await client.ask("reject_change", CARA, id=planned.id)
    assert (again.status, again.problem, again.told["state"]) == (409, "conflict", "rejected")


async def test_an_approved_change_is_applied() -> None:
    client = Client()
    change = await client.world.approved()
    given = await client.ask("apply_change", BEN, {}, id=change.id, if_match=f'"{change.etag}"')
    assert (given.status, given.told["state"]) == (200, "applied")
    assert client.world.setting.value.state == "enabled"


async def test_a_plan_without_approval_is_not_applied() -> None:
    client = Client()
    planned = await client.world.plan()
    given = await client.ask("apply_change", BEN, id=planned.id)
    assert (given.status, given.problem, given.told["state"]) == (409, "conflict", "planned")
    assert client.world.setting.writes == []


async def test_gates_that_do_not_hold_are_told_and_only_those() -> None:
    client = Client()
    change = await client.world.approved()
    client.world.now += timedelta(hours=15)
    client.world.sweep(100, ago=timedelta(hours=40))
    given = await client.ask("apply_change", BEN, id=change.id)
    assert (given.status, given.problem) == (409, "gates-failed")
    assert [answer["gate"] for answer in given.told["gates"]] == ["last_sweep"]
    assert (given.told["change"], given.told["state"]) == (change.id, "approved")
    passing = {"override": {"gates": ["last_sweep"], "reason": "the sweep is under repair"}}
    passed = await client.ask("apply_change", ANNA, passing, id=change.id)
    assert (passed.status, passed.told["state"]) == (200, "applied")
    assert passed.told["override"] == passing["override"]


async def test_a_write_of_unknown_outcome_goes_on_elsewhere() -> None:
    client = Client()
    change = await client.world.approved()
    client.world.setting.replies = [Reply.unanswered(LATER)]
    given = await client.ask("apply_change", BEN, id=change.id)
    assert (given.status, given.told["state"]) == (202, "unknown")
    assert given.headers["Location"] == f"/api/restore-setting/changes/{change.id}"


async def test_a_write_that_intune_wants_approved_goes_on_elsewhere() -> None:
    client = Client()
    change = await client.world.approved()
    client.world.setting.needs_approval = True
    given = await client.ask("apply_change", BEN, id=change.id)
    assert (given.status, given.told["state"]) == (202, "waiting_for_intune_approval")
    assert given.told["code"] == "code-1"
    read = await client.ask("read_change", id=change.id)
    assert (read.status, read.headers.get("Location")) == (200, None)


async def test_a_refusal_is_told_with_what_to_do_and_confirmed_once_it_is_done() -> None:
    client = Client()
    change = await client.world.approved()
    client.world.setting.replies = [Reply.refused("role")]
    given = await client.ask("apply_change", BEN, id=change.id)
    assert (given.status, given.told["state"]) == (200, "refused")
    assert given.told["remedies"]
    early = await client.ask("confirm_change", BEN, {}, id=change.id)
    assert (early.status, early.problem) == (409, "conflict")
    client.world.setting.foreign("enabled")
    done = await client.ask("confirm_change", BEN, {}, id=change.id)
    assert (done.status, done.told["state"]) == (200, "applied")


async def test_a_setting_that_somebody_changed_meanwhile_is_left_alone() -> None:
    client = Client()
    change = await client.world.approved()
    client.world.setting.foreign("disabled")
    passing = {"override": {"gates": ["cool_down"], "reason": "the pilot cannot wait"}}
    given = await client.ask("apply_change", ANNA, passing, id=change.id)
    assert (given.status, given.told["state"]) == (200, "conflict")
    assert given.told["outcome"]["found"]["state"] == "disabled"
    assert client.world.setting.writes == []
