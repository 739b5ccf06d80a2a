"""The headline is one line that makes sense by itself, and its tone fits."""

from typing import Any

import pytest
from msgspec.structs import replace

from shared.domain.digest import DigestView, Notice
from shared.report.render.headline import LONGEST, headline, tone
from tests.report.render.digests import (
    TEAMS,
    line,
    lines,
    readiness,
    samples,
    storm,
    tenant_change,
    view,
)

JOIN: dict[str, Any] = {"reason": "join_type_unsupported"}
MEDIUM: dict[str, Any] = {"reason": "backup_policy_not_enabled", "severity": "medium"}
CLEARED: dict[str, Any] = {"change": "cleared"}
GOOD = Notice("Sweeps", "The last sweep is complete.", good=True)
BAD = Notice("Sweeps", "No sweep for 40 hours.", "Look in the log.")


def both(*groups: Any, **differing: Any) -> tuple[str, str]:
    seen = view(*groups, **differing)
    return headline(seen, TEAMS), tone(seen)


def test_reasons_are_named_with_their_numbers_the_most_frequent_first() -> None:
    assert both(lines(3, **JOIN), lines(9, 3)) == (
        "12 devices cannot back up: build too old (9), join type not supported (3)",
        "attention",
    )


def test_a_single_device_is_named() -> None:
    assert both([line(name="PC\u202e-1")]) == ("PC-1 cannot back up: build too old", "attention")
    assert both([line(name=None)])[0] == "1 device cannot back up: build too old"


def test_what_only_keeps_devices_from_being_ready_is_said_so() -> None:
    assert both(lines(2, **MEDIUM)) == (
        "2 devices are not ready to back up: no policy that enables backup",
        "warning",
    )


def test_what_comes_back_is_said_to_come_again() -> None:
    assert both(lines(2, change="reopened"))[0] == "2 devices again cannot back up: build too old"


def test_an_all_clear_says_so_and_is_good() -> None:
    assert both(lines(2, **CLEARED)) == ("All clear for 2 devices: build too old", "good")


def test_good_and_bad_together_tell_both_sides() -> None:
    assert both(lines(2, **JOIN), lines(1, 2, **CLEARED)) == (
        "3 devices changed; newly blocked: join type not supported; all clear: build too old",
        "attention",
    )


def test_many_reasons_are_cut_to_three() -> None:
    codes = ("os_build_too_old", "sku_unsupported", "os_out_of_servicing", "shared_or_userless")
    groups = [lines(4 - n, n * 4, reason=code) for n, code in enumerate(codes)]
    assert both(*groups)[0].endswith("Windows out of servicing (2) and 1 other reason")


@pytest.mark.parametrize(
    ("state", "said", "meant"),
    [
        ("held", "2,480 of 10,000 devices changed at once: ", "attention"),
        ("confirmed", "Confirmed: 2,480 of 10,000 devices changed at once: ", "attention"),
        ("passed", "All clear: 2,480 of 10,000 devices had changed at once", "good"),
    ],
)
def test_a_storm_names_its_likeliest_cause(state: str, said: str, meant: str) -> None:
    told, sounds = both(kind="storm", storm=storm(state=state))
    assert told.startswith(said)
    assert sounds == meant
    assert (storm().causes[0].rstrip(".") in told) == (state != "passed")


def test_the_baseline_is_a_first_look_and_no_alarm() -> None:
    assert both(lines(2), kind="baseline", fleet=100, readiness=readiness(100)) == (
        "First look at 100 devices: 60 can back up; most often build too old",
        "accent",
    )
    assert both(kind="baseline", fleet=1)[0] == "First look at 1 device"


def test_a_change_of_the_tenant_is_said_in_full_and_several_by_kind() -> None:
    one = "Restore setting 'Windows restore' was changed: state is disabled, was enabled"
    assert both(kind="tenant", tenant=(tenant_change(),)) == (one, "warning")
    two = (tenant_change(), tenant_change(kind="backup_policy"))
    said = "2 tenant settings changed: restore setting and backup policy"
    assert both(kind="tenant", tenant=two)[0] == said


def test_operations_tell_the_worst_first_and_when_all_is_well_again() -> None:
    assert both(kind="operations", notices=(GOOD, BAD)) == (
        "Sweeps: No sweep for 40 hours; and 1 other notice",
        "attention",
    )
    assert both(kind="operations", notices=(GOOD,)) == (
        "All clear: Sweeps: The last sweep is complete",
        "good",
    )


def test_a_test_message_names_its_channel() -> None:
    assert both(kind="test") == (
        "Test: channel teams hears of Windows Backup readiness",
        "accent",
    )


@pytest.mark.parametrize("seen", samples().values(), ids=samples())
def test_every_headline_is_one_line_that_is_not_too_long(seen: DigestView) -> None:
    named = replace(TEAMS, name="x" * 500)
    assert 0 < len(headline(seen, named)) <= LONGEST
    assert "\n" not in headline(seen, named)
