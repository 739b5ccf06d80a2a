"""Planning, at once or step by step, and asking twice."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from shared.domain.restore_change import Applied, Blocked, Planned
from shared.domain.restore_value import etag_of
from shared.errors import GraphUnavailableError, StorageError
from tests.api.client import PLAN_BODY, Client
from tests.restore_builders import ANNA, BEN
from tests.restore_fakes import Reply

AT_ONCE = PLAN_BODY | {"apply": True}


@pytest.fixture
def client() -> Client:
    """A world in which nobody else has to approve."""
    made = Client()
    made.world.terms = structs.replace(made.world.terms, approvals=0)
    return made


def stale_sweep(client: Client) -> None:
    """Let one gate not hold any more."""
    client.world.sweep(100, ago=timedelta(hours=40))


async def test_a_plan_says_where_it_is_to_be_found() -> None:
    given = await Client().plan()
    assert (given.status, given.told["state"]) == (201, "planned")
    assert given.headers["Location"] == f"/api/restore-setting/changes/{given.told['id']}"
    assert given.headers["ETag"] == f'"{given.told["version"]}-planned"'
    assert "Idempotency-Replayed" not in given.headers
    assert given.told["reason"] == PLAN_BODY["reason"]


async def test_what_is_there_already_is_not_planned() -> None:
    given = await Client().plan_with(PLAN_BODY | {"state": "notConfigured"})
    assert (given.status, given.problem) == (409, "conflict")


async def test_a_plan_is_made_against_what_the_caller_saw() -> None:
    client = Client()
    seen = f'"{etag_of(await client.world.setting.read())}"'
    assert (await client.plan(if_match=seen)).status == 201
    client.world.setting.foreign("disabled")
    assert (await client.plan(if_match=seen)).status == 412


@pytest.mark.parametrize("key", ["", " ", "two words", "é", "x" * 256, "tab\there"])
async def test_a_plan_needs_a_key_that_will_do(key: str) -> None:
    client = Client()
    given = await client.ask("plan_change", ANNA, PLAN_BODY, idempotency_key=key)
    assert (given.status, given.problem) == (400, "bad-request")
    assert "Idempotency-Key" in given.told["detail"]
    assert client.world.audit.records == []


async def test_the_same_question_gets_the_first_answer_though_things_have_moved_on() -> None:
    client = Client()
    first = await client.plan(key="k")
    await client.world.approve(first.told["id"])
    again = await client.plan(key="k")
    assert (again.status, again.told) == (201, first.told)
    assert again.headers == first.headers | {"Idempotency-Replayed": "true"}
    assert len(client.world.ledger.changes) == 1


async def test_the_same_question_may_be_written_otherwise() -> None:
    client = Client()
    first = await client.plan(key="k")
    other = b'{ "reason":"  The pilot begins. ", "apply": false, "state" : "enabled" }'
    again = await client.ask("plan_change", ANNA, other, idempotency_key="k")
    assert again.told == first.told


@pytest.mark.parametrize("more", [{"ticket": "CHG1"}, {"apply": True}, {"state": "disabled"}])
async def test_a_key_is_for_one_question(more: dict[str, Any]) -> None:
    client = Client()
    await client.plan(key="k")
    given = await client.plan_with(PLAN_BODY | more, key="k")
    assert (given.status, given.problem) == (409, "key-reused")


async def test_two_callers_may_choose_the_same_key() -> None:
    client = Client()
    first, other = await client.plan(ANNA, key="k"), await client.plan(BEN, key="k")
    assert first.told["id"] != other.told["id"]


async def test_what_failed_is_no_answer_and_may_be_asked_again() -> None:
    client = Client()
    client.calls.fail("setting.read", GraphUnavailableError("Graph is away"))
    assert (await client.plan(key="k")).status == 503
    given = await client.plan(key="k")
    assert (given.status, given.headers.get("Idempotency-Replayed")) == (201, None)


async def test_an_answer_that_could_not_be_kept_is_given_and_made_anew(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = Client()
    client.calls.fail("audit.keep_answer", StorageError("storage is away"))
    first = await client.plan(key="k")
    assert first.status == 201
    assert "An answer is not kept" in caplog.text
    again = await client.plan(key="k")
    assert (again.status, again.told) == (201, first.told)
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_a_plan_is_applied_at_once_where_nothing_is_in_the_way(client: Client) -> None:
    given = await client.plan_with(AT_ONCE)
    assert (given.status, given.told["state"]) == (201, "applied")
    assert client.world.setting.value.state == "enabled"


async def test_a_plan_that_is_applied_at_once_may_go_on_elsewhere(client: Client) -> None:
    client.world.setting.replies = [Reply.unanswered(timedelta(minutes=1))]
    given = await client.plan_with(AT_ONCE, key="k")
    assert (given.status, given.told["state"]) == (202, "unknown")
    assert given.headers["Location"].endswith(given.told["id"])
    again = await client.plan_with(AT_ONCE, key="k")
    assert (again.status, again.told) == (202, given.told)
    assert len(client.world.setting.writes) == 1


async def test_a_plan_that_others_have_to_approve_stands() -> None:
    client = Client()
    given = await client.plan_with(AT_ONCE)
    assert (given.status, given.told["state"], given.told["approvals_missing"]) == (
        201,
        "planned",
        1,
    )
    assert client.world.setting.writes == []


async def test_a_plan_whose_gates_do_not_hold_stands_and_says_so(client: Client) -> None:
    stale_sweep(client)
    given = await client.plan_with(AT_ONCE)
    failing = [answer["gate"] for answer in given.told["gates"] if answer["state"] == "fails"]
    assert (given.status, given.told["state"], failing) == (201, "approved", ["last_sweep"])
    assert [type(event) for event in client.world.audit.events] == [Planned]


async def test_gates_may_be_passed_in_the_same_breath(client: Client) -> None:
    stale_sweep(client)
    override = {"gates": ["last_sweep"], "reason": "urgent"}
    given = await client.plan_with(AT_ONCE | {"override": override})
    assert (given.status, given.told["state"]) == (201, "applied")
    assert given.told["override"] == override


async def test_an_override_passes_the_gates_it_names_and_no_other(client: Client) -> None:
    stale_sweep(client)
    override = {"gates": ["cool_down"], "reason": "urgent"}
    given = await client.plan_with(AT_ONCE | {"override": override})
    assert (given.status, given.told["state"]) == (201, "approved")
    assert client.world.setting.writes == []


async def test_a_gate_that_fails_just_now_leaves_the_plan_as_it_is(client: Client) -> None:
    client.calls.before("audit.append", lambda: stale_sweep(client))
    given = await client.plan_with(AT_ONCE)
    assert (given.status, given.told["state"]) == (201, "approved")
    assert isinstance(client.world.audit.events[-1], Blocked)
    assert client.world.setting.writes == []


async def test_who_dies_between_planning_and_applying_goes_on_when_asked_again(
    client: Client,
) -> None:
    client.calls.fail("queue.send", StorageError("storage is away"))
    assert (await client.plan_with(AT_ONCE, key="k")).status == 503
    assert [type(event) for event in client.world.audit.events] == [Planned]
    given = await client.plan_with(AT_ONCE, key="k")
    assert (given.status, given.told["state"]) == (201, "applied")
    assert given.headers["Idempotency-Replayed"] == "true"
    assert len(client.world.setting.writes) == 1


async def test_what_waits_for_intune_is_not_sent_again_by_asking_again(client: Client) -> None:
    client.world.setting.needs_approval = True
    client.calls.fail("audit.keep_answer", StorageError("storage is away"))
    first = await client.plan_with(AT_ONCE, key="k")
    assert (first.status, first.told["state"]) == (202, "waiting_for_intune_approval")
    again = await client.plan_with(AT_ONCE, key="k")
    assert (again.status, again.told) == (202, first.told)
    assert len(client.world.setting.writes) == 1


async def test_an_applied_change_is_reverted_by_a_plan_of_its_own(client: Client) -> None:
    done = await client.plan_with(AT_ONCE)
    asked = {"reason": "back", "ticket": "CHG2", "apply": True}
    given = await client.ask(
        "revert_change", ANNA, asked, id=done.told["id"], idempotency_key="back"
    )
    assert (given.status, given.told["state"]) == (201, "applied")
    assert (given.told["after"], given.told["reverts"]) == ("notConfigured", done.told["id"])
    assert given.told["ticket"] == "CHG2"
    assert [type(event) for event in client.world.audit.events].count(Applied) == 2


async def test_a_key_is_for_the_reverting_of_one_change(client: Client) -> None:
    done = await client.plan_with(AT_ONCE)
    back = {"reason": "back"}
    first = await client.ask("revert_change", ANNA, back, id=done.told["id"], idempotency_key="b")
    again = await client.ask("revert_change", ANNA, back, id=done.told["id"], idempotency_key="b")
    assert again.told == first.told
    other = await client.ask("revert_change", ANNA, back, id=first.told["id"], idempotency_key="b")
    assert (other.status, other.problem) == (409, "key-reused")


async def test_what_was_not_applied_is_not_reverted() -> None:
    client = Client()
    planned = await client.world.plan()
    given = await client.ask(
        "revert_change", ANNA, {"reason": "back"}, id=planned.id, idempotency_key="b"
    )
    assert (given.status, given.told["state"]) == (409, "planned")
