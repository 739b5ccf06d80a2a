"""What is read of requests, and which words say what is wrong with them."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.api.exchange import Request
from shared.api.requests import (
    MOST_BYTES,
    ApplyBody,
    EmptyBody,
    OverrideBody,
    PlanBody,
    RejectBody,
    RevertBody,
    body_of,
    id_of,
    override_of,
    page_of,
)
from shared.domain.restore_change import Override
from shared.errors import BodyTooLargeError, InputError, MediaTypeError, NotFoundError

KINDS = [PlanBody, RevertBody, RejectBody, ApplyBody, EmptyBody]


def sent(body: object = None, content_type: str = "application/json", **more: object) -> Request:
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    headers = {"content-type": content_type}
    return msgspec.structs.replace(
        Request(method="POST", path="/", headers=headers, body=content), **more
    )


def plan(**fields: object) -> dict[str, object]:
    return {"state": "enabled", "reason": "The pilot begins."} | fields


def test_a_plan_is_read() -> None:
    override = {"gates": ["cool_down"], "reason": "urgent"}
    read = body_of(sent(plan(ticket="CHG1", apply=True, override=override)), PlanBody)
    assert read.state == "enabled"
    assert (read.reason, read.ticket, read.apply) == ("The pilot begins.", "CHG1", True)
    assert override_of(read.override) == Override(("cool_down",), "urgent")


def test_what_may_be_left_out_is_nothing() -> None:
    read = body_of(sent(plan()), PlanBody)
    assert (read.ticket, read.apply, read.override) == (None, False, None)
    assert override_of(None) is None


def test_blanks_around_a_text_are_dropped() -> None:
    read = body_of(sent(plan(reason="  so be it \n", ticket=" CHG1 ")), PlanBody)
    assert (read.reason, read.ticket) == ("so be it", "CHG1")
    assert body_of(sent({"why": " no "}), RejectBody).why == "no"
    assert OverrideBody(("cloud",), " yes ").reason == "yes"


def test_a_text_may_be_in_any_script() -> None:
    assert body_of(sent(plan(reason="試験を始める")), PlanBody).reason == "試験を始める"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "   "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"reason": "two\nlines"}, "reason"),
        ({"reason": "a\u0000b"}, "reason"),
        ({"reason": "turned \u202e round"}, "reason"),
        ({"reason": "turned \u061c as well"}, "reason"),
        ({"reason": "hid\u00adden"}, "reason"),
        ({"reason": "\u200b"}, "reason"),
        ({"reason": "\u2028"}, "reason"),
        ({"reason": 7}, "reason"),
        ({"reason": None}, "reason"),
        ({"ticket": ""}, "ticket"),
        ({"ticket": "x" * 101}, "ticket"),
        ({"ticket": "\u0007"}, "ticket"),
        ({"state": "on"}, "state"),
        ({"state": None}, "state"),
        ({"apply": "true"}, "apply"),
        ({"apply": True, "override": {"gates": [], "reason": "r"}}, "override.gates"),
        ({"apply": True, "override": {"gates": ["any"], "reason": "r"}}, "override.gates"),
        ({"apply": True, "override": {"gates": ["cloud"] * 10, "reason": "r"}}, "override.gates"),
        ({"apply": True, "override": {"gates": ["cloud"]}}, "override"),
        ({"apply": True, "override": {"gates": ["cloud"], "reason": " "}}, "override.reason"),
        ({"override": {"gates": ["cloud"], "reason": "r"}}, "`override`"),
        ({"force": True}, "`force`"),
    ],
)
def test_a_field_that_cannot_be_is_named(fields: dict[str, object], field: str) -> None:
    with pytest.raises(InputError, match="the body cannot be read") as raised:
        body_of(sent(plan(**fields)), PlanBody)
    assert field in str(raised.value)


@pytest.mark.parametrize("missing", ["state", "reason"])
def test_a_field_that_is_missing_is_named(missing: str) -> None:
    fields = plan()
    del fields[missing]
    with pytest.raises(InputError, match=f"missing required field `{missing}`"):
        body_of(sent(fields), PlanBody)


def test_no_body_is_an_empty_one() -> None:
    empty = Request(method="POST", path="/")
    assert body_of(empty, EmptyBody) == EmptyBody()
    assert body_of(empty, RejectBody) == RejectBody()
    assert body_of(empty, ApplyBody) == ApplyBody()
    with pytest.raises(InputError, match=r"`state`|`reason`"):
        body_of(empty, PlanBody)


@pytest.mark.parametrize("kind", KINDS)
def test_no_body_may_hold_what_nobody_asked_for(kind: type[PlanBody]) -> None:
    with pytest.raises(InputError, match="unknown field `more`"):
        body_of(sent({"more": 1}), kind)


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/jsonp", "json"])
def test_a_body_that_is_not_sent_as_json_is_not_read(content_type: str) -> None:
    with pytest.raises(MediaTypeError):
        body_of(sent({}, content_type), EmptyBody)


def test_json_may_name_its_charset() -> None:
    assert body_of(sent({}, "Application/JSON; charset=utf-8"), EmptyBody) == EmptyBody()


def test_a_body_may_have_16_kib_and_no_more() -> None:
    largest = b"{" + b" " * (MOST_BYTES - 2) + b"}"
    assert body_of(sent(largest), EmptyBody) == EmptyBody()
    with pytest.raises(BodyTooLargeError):
        body_of(sent(largest + b" "), EmptyBody)


DEEP = [b"[" * MOST_BYTES, b'{"why": ' + b"[" * 9_000, b'{"a":' * 3_000]
ODD = [b"\xff", b"\xef\xbb\xbf{}", b"null", b"0", b'""', b'{"why": "\\ud800"}', b'{"why": "\xff"}']


@pytest.mark.parametrize("body", DEEP + ODD)
def test_what_is_no_json_object_is_told(body: bytes) -> None:
    with pytest.raises(InputError, match="the body cannot be read"):
        body_of(sent(body), RejectBody)


@given(st.binary(max_size=200), st.sampled_from(KINDS))
def test_any_bytes_are_read_or_refused(body: bytes, kind: type[PlanBody]) -> None:
    with suppress(InputError):
        assert isinstance(body_of(sent(body), kind), kind)


@given(st.text(max_size=30))
def test_a_text_that_is_read_is_visible_on_one_line(reason: str) -> None:
    try:
        read = body_of(sent({"why": reason}), RejectBody).why
    except InputError:
        return
    assert read
    assert read == reason.strip()
    assert len(read.splitlines()) == 1


@pytest.mark.parametrize("id", ["20261122T120000Z-1a2b3c4d", "c1"])
def test_an_id_is_read_off_the_route(id: str) -> None:
    assert id_of(sent({}, parameters={"id": id})) == id


@pytest.mark.parametrize("id", ["", "../ledger", "a/b", "a b", "-a", "é", "a\n", "x" * 65])
def test_what_cannot_be_an_id_names_no_change(id: str) -> None:
    with pytest.raises(NotFoundError):
        id_of(sent({}, parameters={"id": id}))


def test_a_list_has_50_changes_unless_told_otherwise() -> None:
    assert page_of(sent({})) == (50, None)
    assert page_of(sent({}, query={"limit": "200", "before": "c7"})) == (200, "c7")


@pytest.mark.parametrize("limit", ["", "0", "201", "-1", "1.5", "ten", "1,2", "٣", "9" * 5_000])
def test_a_limit_that_cannot_be_is_named(limit: str) -> None:
    with pytest.raises(InputError, match="`limit`"):
        page_of(sent({}, query={"limit": limit}))


def test_a_place_in_the_list_that_cannot_be_is_named() -> None:
    with pytest.raises(InputError, match="`before`"):
        page_of(sent({}, query={"before": "../x"}))
