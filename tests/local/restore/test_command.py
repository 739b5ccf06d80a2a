"""Each command asks the app one thing, says its answer as people read it, and ends as told."""

import pytest

from tests.local.restore.conftest import TOKEN, Person
from tests.local.restore.saying import FAILS, STATUS, planned, told
from tests.local.restore.stand_in import StandIn

CHANGES = "/api/restore-setting/changes"
HERE = {"Location": f"{CHANGES}/c1"}
PLAN = ("plan", "enabled", "--reason", "the pilot begins")


def test_every_call_carries_the_token_and_no_command_shows_it(app: StandIn, person: Person) -> None:
    app.answers(STATUS)
    _, said = person.types("status")

    assert app.asked[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in said


def test_the_status_tells_of_the_setting_its_author_drift_and_gates(
    app: StandIn, person: Person
) -> None:
    app.answers(STATUS)
    status, said = person.types("status")

    assert (status, app.asked[0].path) == (0, "/api/restore-setting")
    assert "Restore page    disabled, last modified 2026-01-09" in said
    assert "Last change     2026-11-20 12:00 UTC, by Cara with Portal" in said
    assert "Drift           Somebody else changed it." in said
    assert "In progress     the change c9" in said
    assert "May be written  unknown; `python -m local preflight` says why" in said


def test_a_setting_that_cannot_be_read_is_said_with_its_reason(
    app: StandIn, person: Person
) -> None:
    app.answers(STATUS | {"setting": None, "wrong": "there are two", "last_change": None})

    assert "Restore page    not known: there are two" in person.types("status")[1]


def test_a_plan_is_asked_for_with_reason_ticket_and_a_key_of_its_own(
    app: StandIn, person: Person
) -> None:
    app.answers(planned(), 201)
    person.types(*PLAN, "--ticket", "CHG-1")
    person.types(*PLAN)

    first, second = app.asked
    assert (first.method, first.path) == ("POST", CHANGES)
    assert first.body == {
        "state": "enabled",
        "reason": "the pilot begins",
        "apply": False,
        "ticket": "CHG-1",
    }
    assert first.headers["Idempotency-Key"] != second.headers["Idempotency-Key"]


def test_a_plan_tells_what_it_does_whom_it_affects_what_is_missing_and_what_is_next(
    app: StandIn, person: Person
) -> None:
    app.answers(planned(), 201)
    status, said = person.types(*PLAN)
    rows = [line.split() for line in said.splitlines()]

    assert status == 0
    assert "Change c1: notConfigured -> enabled, planned\nIt waits for 1 approval." in said
    assert "Because    the pilot begins (ticket CHG-1)" in said
    assert "Planned    2026-11-22 12:00 UTC, by anna" in said
    assert "Approvals  0 of 1; 1 is missing" in said
    assert "Expires    2026-11-23 12:00 UTC" in said
    assert ["gate", "state", "observed", "required"] in rows
    assert ["backup_reach", "fails", "30", "%", "at", "least", "50", "%"] in rows
    assert f"backup_reach: {FAILS.says}\n  To do: {FAILS.do}" in said
    assert "Who is affected\nDevices enrolled from now on. Were they like the 2,000" in said
    assert ["eligible", "1,200", "60%"] in rows
    assert ["ineligible", "700", "35%"] in rows
    assert ["os_build_too_old", "500", "25%"] in rows
    assert ["unknown", "100", "5%"] in rows
    assert "A backup policy reaches 360 of the 1,200 eligible ones; of 40" in said
    assert said.endswith("Next\n  python -m local restore approve c1 --as SOMEBODY-ELSE")


def test_a_plan_that_was_made_before_under_this_key_says_so(app: StandIn, person: Person) -> None:
    app.answers(planned(), 201, {"Idempotency-Replayed": "true"})

    said = person.types(*PLAN, "--key", "k1")[1]
    assert said.startswith("This was asked before under the same key")
    assert app.asked[0].headers["Idempotency-Key"] == "k1"


def test_without_a_sweep_a_plan_says_that_nobody_knows_who_is_affected(
    app: StandIn, person: Person
) -> None:
    app.answers(planned(affected=None, gates=()), 201)

    assert "Who is affected\nIt is not known: no complete sweep" in person.types(*PLAN)[1]


def test_a_cut_connection_is_repeated_once_with_the_same_key(app: StandIn, person: Person) -> None:
    app.breaks()
    app.answers(planned(), 201)
    status, _ = person.types(*PLAN)

    assert status == 0
    first, second = app.asked
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert first.body == second.body


def test_after_a_second_cut_the_key_is_given_to_try_again_with(
    app: StandIn, person: Person
) -> None:
    app.breaks()
    status, said = person.types(*PLAN, "--key", "k1")

    assert (status, len(app.asked)) == (1, 2)
    assert f"No answer came from {app.url}" in said
    assert "the same command with --key k1 plans nothing twice" in said


def test_what_has_no_key_is_never_sent_twice(app: StandIn, person: Person) -> None:
    app.breaks()
    status, said = person.types("apply", "c1", "--yes")

    assert (status, len(app.asked)) == (1, 1)
    assert "it may have been done: python -m local restore show c1" in said


@pytest.mark.parametrize(
    ("argv", "path", "body"),
    [
        (("approve", "c1"), "/c1/approve", {}),
        (("reject", "c1"), "/c1/reject", {}),
        (("reject", "c1", "--why", "not now"), "/c1/reject", {"why": "not now"}),
        (("confirm", "c1"), "/c1/confirm", {}),
        (("apply", "c1", "--yes"), "/c1/apply", {}),
        (
            ("apply", "c1", "--yes", "--pass", "cloud", "no_storm", "--why", "as agreed"),
            "/c1/apply",
            {"override": {"gates": ["cloud", "no_storm"], "reason": "as agreed"}},
        ),
        (
            ("revert", "c1", "--reason", "it went wrong"),
            "/c1/revert",
            {"reason": "it went wrong", "apply": False},
        ),
    ],
)
def test_what_is_done_to_a_change_is_asked_of_its_own_address(
    argv: tuple[str, ...],
    path: str,
    body: object,
    app: StandIn,
    person: Person,
) -> None:
    app.answers(told(state="applied"))

    assert person.types(*argv)[0] == 0
    assert [(asked.method, asked.path) for asked in app.asked] == [("POST", CHANGES + path)]
    assert app.asked[0].body == body


@pytest.mark.parametrize("state", ["refused", "conflict", "not_applied", "expired"])
def test_a_change_that_was_to_be_applied_and_was_not_ends_with_1(
    state: str, app: StandIn, person: Person
) -> None:
    app.answers(told(state=state))

    assert person.types("apply", "c1", "--yes")[0] == 1
    assert person.types("show", "c1")[0] == 0


def test_a_refused_change_tells_the_ways_out_with_their_commands_unbroken(
    app: StandIn, person: Person
) -> None:
    long = "az rest --method post --url https://graph.microsoft.com/v1.0/" + "x" * 150
    remedy = {
        "title": "Assign the role",
        "do": "Give the write identity its role.",
        "command": long,
    }
    outcome = {"why": "Graph says no", "cause": "role", "request_id": "r-1"}
    app.answers(told(state="refused") | {"remedies": [remedy], "outcome": outcome})
    said = person.types("show", "c1")[1]

    assert "Outcome     Graph says no\nRequest id  r-1" in said
    assert "Assign the role: Give the write identity its role.\n  " + long in said
    assert said.endswith("Next\n  python -m local restore confirm c1")


def test_a_plan_to_be_applied_at_once_that_still_waits_ends_with_3(
    app: StandIn, person: Person
) -> None:
    app.answers(planned(), 201)

    assert person.types(*PLAN, "--apply", "--yes")[0] == 3
    assert app.asked[0].body["apply"] is True


def test_what_is_not_settled_yet_ends_with_3_and_tells_where_to_look(
    app: StandIn, person: Person
) -> None:
    app.answers(told(state="unknown"), 202, HERE)
    status, said = person.types("apply", "c1", "--yes")

    assert status == 3
    assert said.endswith("Next\n  python -m local restore show c1")


def test_with_wait_it_looks_until_the_change_is_settled(
    app: StandIn, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.restore.settle.EVERY", 0.001)
    app.answers(told(state="applying"), 202, HERE)
    app.answers(told(state="unknown"))
    app.answers(told(state="applied"))
    status, said = person.types("apply", "c1", "--yes", "--wait")

    assert status == 0
    assert [asked.path for asked in app.asked[1:]] == [f"{CHANGES}/c1"] * 2
    assert "Change c1: notConfigured -> enabled, applied" in said


def test_an_answer_that_leads_to_another_host_is_not_followed(
    app: StandIn, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.restore.settle.EVERY", 0.001)
    app.answers(told(state="applying"), 202, {"Location": "https://elsewhere.example/c1"})
    status, said = person.types("apply", "c1", "--yes", "--wait")

    assert (status, len(app.asked)) == (1, 1)
    assert "leads to elsewhere.example, where no token is sent" in said


def test_the_history_is_a_table_that_says_how_to_go_on(app: StandIn, person: Person) -> None:
    listed = [told(id="c2", state="not_applied"), told(id="c1", state="applied")]
    app.answers({"changes": listed, "next": "c1"})
    status, said = person.types("history", "--limit", "2", "--before", "c3")

    assert (status, app.asked[0].path) == (0, f"{CHANGES}?limit=2&before=c3")
    rows = [" ".join(line.split()) for line in said.splitlines()]
    same = "2026-11-22 12:00 notConfigured -> enabled"
    assert f"c2 {same} not applied anna the pilot begins" in rows
    assert f"c1 {same} applied anna the pilot begins" in rows
    assert said.endswith("Older ones: python -m local restore history --before c1")


def test_an_empty_history_says_so(app: StandIn, person: Person) -> None:
    app.answers({"changes": [], "next": None})

    assert person.types("history") == (0, "No change has been planned.")


def test_the_history_of_one_change_is_its_story_by_the_audits_records(
    app: StandIn, person: Person
) -> None:
    ben = {"kind": "user", "oid": "o", "app": "a", "name": "ben"}
    lines = [
        {"seq": 7, "at": "2026-11-22T12:00:01Z", "event": "denied", "who": ben, "why": "own plan"},
        {"seq": 9, "at": "2026-11-22T12:00:02Z", "event": "put_off", "who": None, "why": None},
    ]
    app.answers(told() | {"history": lines})
    rows = [line.split() for line in person.types("history", "c1")[1].splitlines()]

    assert ["7", "2026-11-22", "12:00:01", "UTC", "denied", "ben", "own", "plan"] in rows
    assert ["9", "2026-11-22", "12:00:02", "UTC", "put", "off", "the", "app", "itself"] in rows


def test_what_strangers_wrote_cannot_speak_to_the_terminal(app: StandIn, person: Person) -> None:
    evil = "it\x1b[2J[bold]"
    app.answers(planned(reason=evil, ticket=evil) | {"says": evil, "outcome": {"why": evil}}, 201)
    said = person.types(*PLAN)[1]

    assert "\x1b" not in said
    assert r"Because    it\x1b[2J[bold] (ticket it\x1b[2J[bold])" in said
