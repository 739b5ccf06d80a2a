"""The summary counts devices, each reason once a device."""

import msgspec

from shared.domain.assessment import Assessment, Judgement
from shared.domain.gates import BackupReach
from shared.domain.rule import CAPABILITIES, Finding
from shared.domain.sweep import Tally, Throttling
from shared.domain.tenant import RestoreSetting, TenantReading
from shared.report.summary import (
    CapabilitySummary,
    ReasonCount,
    Summary,
    summarise,
    trend_point,
)
from tests.builders import TODAY, device, tenant
from tests.report.fleets import fleet, sweep

FINE = device()
SHARED = device(has_user=False)
NO_POLICY = device(backup_policy="disabled")
FILTERED_POLICY = device(backup_policy="depends_on_filter")
UNREAD_JOIN = device(join_type=None, trust_type=None)


def backup(summary: Summary) -> CapabilitySummary:
    return summary.capabilities[0]


def test_verdicts_and_ready_are_counted_in_devices_per_capability() -> None:
    merged = fleet([(FINE, 5), (SHARED, 3), (NO_POLICY, 2), (UNREAD_JOIN, 1), (FILTERED_POLICY, 7)])

    summary = summarise(sweep(), merged, None)

    assert summary.devices == 18
    assert [c.capability for c in summary.capabilities] == list(CAPABILITIES)
    c = backup(summary)
    assert (c.eligible, c.ineligible, c.unknown) == (14, 3, 1)
    assert (c.ready, c.not_ready, c.ready_unknown) == (5, 5, 8)
    for c in summary.capabilities:
        assert c.eligible + c.ineligible + c.unknown == 18
        assert c.ready + c.not_ready + c.ready_unknown == 18


def test_reasons_are_ranked_by_devices_and_kept_apart_by_kind() -> None:
    merged = fleet([(SHARED, 3), (NO_POLICY, 2), (UNREAD_JOIN, 7)])

    c = backup(summarise(sweep(), merged, None))

    assert c.blockers == (
        ReasonCount("shared_or_userless", "verdict", 3),
        ReasonCount("backup_policy_not_enabled", "ready", 2),
    )
    assert c.unknowns == (ReasonCount("unknown_join_type", "verdict", 7),)


def test_a_reason_that_a_device_has_twice_counts_once() -> None:
    twice = Judgement(
        "ineligible",
        "no",
        (
            Finding("provisioning_hybrid_join", "blocker", "verdict", "by Intune"),
            Finding("provisioning_hybrid_join", "blocker", "verdict", "by Autopilot"),
        ),
    )
    fine = Judgement("eligible", "yes")
    merged = fleet([(FINE, 4)], assessments={"0": Assessment(fine, twice, fine)})

    restore = summarise(sweep(), merged, None).capabilities[1]

    assert restore.blockers == (ReasonCount("provisioning_hybrid_join", "verdict", 4),)


def test_a_first_sweep_is_a_baseline_and_a_later_one_is_not() -> None:
    merged = fleet([(FINE, 1)])

    assert summarise(sweep(), merged, None).baseline
    assert not summarise(sweep(), merged, "20261121T020000Z").baseline


def test_an_empty_fleet_has_a_summary_of_zeros() -> None:
    summary = summarise(sweep(), fleet([]), None)

    assert summary.devices == 0
    assert backup(summary) == CapabilitySummary("backup", 0, 0, 0, 0, 0, 0, (), (), (), ())


def test_what_the_merge_found_is_passed_on() -> None:
    merged = fleet(
        [(FINE, 2), (SHARED, 1)],
        tallies=(Tally("raised", "backup", "shared_or_userless", "assessed", 1),),
        new_devices=4,
        gone_devices=5,
        kept_unverified=6,
        duplicates=7,
        unreadable=8,
        unreadable_examples=("a device without id",),
        other_platforms=9,
        pages=10,
        cost=Throttling(11, 12, 13.5),
    )

    summary = summarise(sweep(), merged, "before")

    for name in (
        *("new_devices", "gone_devices", "kept_unverified", "duplicates", "unreadable"),
        *("unreadable_examples", "other_platforms", "pages", "cost"),
    ):
        assert getattr(summary, name) == getattr(merged, name), name
    assert summary.transitions == merged.tallies
    assert summary.distinct_assessments == 2


def test_findings_of_the_tenant_are_part_of_it() -> None:
    off = TenantReading(tenant(), restore_setting=RestoreSetting("x", "disabled", "2026-11-01"))

    assert [f.code for f in summarise(sweep(off), fleet([]), None).tenant_findings] == [
        "restore_setting_off"
    ]


def test_it_survives_being_stored() -> None:
    summary = summarise(sweep(), fleet([(FINE, 2), (SHARED, 1)]), "before")

    assert msgspec.json.decode(msgspec.json.encode(summary), type=Summary) == summary


def test_it_counts_where_backup_is_on_among_those_that_could_restore() -> None:
    merged = fleet([(FINE, 5), (SHARED, 3), (NO_POLICY, 2), (FILTERED_POLICY, 7)])

    assert summarise(sweep(), merged, None).backup_reach == BackupReach(14, 5, 7)


def test_a_summary_of_before_that_was_counted_is_still_read() -> None:
    stored = msgspec.to_builtins(summarise(sweep(), fleet([(FINE, 2)]), None))
    del stored["backup_reach"]

    assert msgspec.convert(stored, Summary).backup_reach is None


def test_a_trend_point_has_the_day_and_two_figures_per_capability() -> None:
    point = trend_point(summarise(sweep(), fleet([(FINE, 2), (NO_POLICY, 1)]), None))

    assert (point.day, point.devices) == (TODAY, 3)
    assert point.eligible == dict.fromkeys(CAPABILITIES, 3)
    assert point.ready == {"backup": 2, "restore": 3, "first_sign_in_restore": 3}
