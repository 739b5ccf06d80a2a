"""An event is a CloudEvent that programs can act on."""

import json
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from shared.domain.digest import DigestView
from shared.domain.routes import Channel
from shared.report.render.event import event
from tests.report.render.digests import (
    LINKS,
    NOW,
    change_notice,
    lines,
    readiness,
    storm,
    tenant_change,
    view,
)
from tests.report.render.strategies import views

HOOK = Channel(name="hook", kind="webhook", secret="WEBHOOK_URL")


def written(seen: DigestView, **channel: Any) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(event(seen, replace(HOOK, **channel), LINKS, "/readiness"))
    return told


def test_it_has_the_attributes_of_cloudevents_1_0() -> None:
    told = written(view(lines(1)))
    assert told.pop("data")
    assert datetime.fromisoformat(told.pop("time")) == NOW
    assert told == {
        "specversion": "1.0",
        "type": "readiness.digest.sweep",
        "source": "/readiness",
        "id": "20261122T021200Z-1.hook",
        "datacontenttype": "application/json",
    }


def test_it_holds_figures_groups_and_lines() -> None:
    told = written(view(lines(2), lines(3, change="cleared"), readiness=readiness(100)))["data"]
    assert told["devices"] == 3
    assert told["readiness"][0]["eligible"] == 60
    assert [g["devices"] for g in told["groups"]] == [2, 3]
    assert [g["fix"] and g["fix"]["id"] for g in told["groups"]] == ["update_windows", None]
    assert len(told["lines"]) == 5
    assert told["lines"][0]["url"] == LINKS.device(told["lines"][0]["device"])


def test_lines_that_are_too_many_are_counted() -> None:
    told = written(view(lines(700)))["data"]
    assert (len(told["lines"]), told["lines_left_out"]) == (500, 200)


def test_a_storm_and_a_change_of_the_tenant_are_told() -> None:
    told = written(view(storm=storm(), tenant=(tenant_change(),)))["data"]
    assert (told["storm"]["devices"], told["storm"]["state"]) == (2_480, "held")
    assert told["tenant"][0]["by_user"] == "ada@contoso.example"


def test_user_names_can_be_turned_off() -> None:
    seen = view(lines(1), tenant=(tenant_change(),), notices=(change_notice(),))
    assert written(seen)["data"]["notices"][0]["who"] == "Planned by Ada Lovelace, approved by Bob."
    told = written(seen, user_names=False)["data"]
    assert told["notices"][0]["who"] is None
    assert told["lines"][0]["user_name"] is None
    assert told["tenant"][0]["by_user"] is None
    assert told["tenant"][0]["by_application"] == "Intune portal"


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(views())
def test_any_digest_becomes_json_without_controls(seen: DigestView) -> None:
    told = event(seen, HOOK, LINKS, "/readiness").decode()
    assert json.loads(told)["data"]["kind"] == seen.digest.kind
    assert "\u202e" not in told
    assert "\\u0000" not in told
