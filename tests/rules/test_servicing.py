from datetime import date, timedelta

import pytest
from msgspec import UNSET

from shared.domain.facts import Number, Text
from shared.rules.servicing import RULE
from tests.builders import device, found

DAY = timedelta(days=1)
ENTERPRISE, PRO, LTSC, NOT_LISTED = 4, 48, 125, 191


def out(version: Text, sku: Number, day: date) -> bool:
    findings = found(RULE, device(os_version=version, sku_number=sku), as_of=day)
    assert all(f.reason == "os_out_of_servicing" and f.kind == "warning" for f in findings)
    return bool(findings)


@pytest.mark.parametrize(
    ("branch", "sku", "last_day"),
    [
        (19045, PRO, date(2025, 10, 14)),
        (19045, ENTERPRISE, date(2025, 10, 14)),
        (22000, PRO, date(2023, 10, 10)),
        (22000, ENTERPRISE, date(2024, 10, 8)),
        (22621, PRO, date(2024, 10, 8)),
        (22621, ENTERPRISE, date(2025, 10, 14)),
        (22631, PRO, date(2025, 11, 11)),
        (22631, ENTERPRISE, date(2026, 11, 10)),
        (26100, PRO, date(2026, 10, 13)),
        (26100, ENTERPRISE, date(2027, 10, 12)),
        (26100, LTSC, date(2029, 10, 9)),
        (26200, PRO, date(2027, 10, 12)),
        (26200, ENTERPRISE, date(2028, 10, 10)),
        (28000, PRO, date(2028, 3, 14)),
        (28000, ENTERPRISE, date(2029, 3, 13)),
        (26300, PRO, date(2028, 10, 10)),
        (26300, ENTERPRISE, date(2029, 10, 9)),
        (19044, LTSC, date(2027, 1, 12)),
    ],
)
def test_a_release_is_out_on_the_day_after_its_last(branch: int, sku: int, last_day: date) -> None:
    assert not out(f"10.0.{branch}.1", sku, last_day)
    assert out(f"10.0.{branch}.1", sku, last_day + DAY)


@pytest.mark.parametrize("sku", [NOT_LISTED, 0, None, UNSET])
def test_an_edition_not_known_is_out_only_when_every_edition_is(sku: Number) -> None:
    assert not out("26100.9550", sku, date(2029, 10, 9))
    assert out("26100.9550", sku, date(2029, 10, 10))
    assert out("19045.6216", sku, date(2025, 10, 15))


@pytest.mark.parametrize("version", [UNSET, "", "17763.1", "26120.1"])
def test_a_release_without_dates_says_nothing(version: Text) -> None:
    assert not out(version, ENTERPRISE, date(2040, 1, 1))


@pytest.mark.parametrize(
    ("sku", "is_out"),
    [(PRO, True), (ENTERPRISE, True), (LTSC, False), (NOT_LISTED, False), (UNSET, False)],
)
def test_of_windows_10_21h2_only_ltsc_is_still_serviced(sku: Number, is_out: bool) -> None:
    assert out("19044.6216", sku, date(2026, 11, 22)) == is_out


def test_being_out_blocks_where_the_operator_is_strict() -> None:
    facts, day = device(os_version="22631.7079"), date(2026, 11, 11)
    (finding,) = found(RULE, facts, as_of=day, strict_servicing=True)
    assert (finding.reason, finding.kind) == ("os_out_of_servicing", "blocker")
    assert finding.observed == "Windows 11 23H2, serviced until 2026-11-10"
