from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from msgspec import Struct

from shared.domain.editions import DEFAULT_EDITION, EDITIONS, Edition
from shared.domain.editions.tables import Caution, Minimums
from shared.domain.rule import CAPABILITIES
from shared.domain.source import Source

BOTH = list(EDITIONS.values())


def structs_in(value: Any) -> Iterator[Struct]:
    if isinstance(value, tuple):
        for item in value:
            yield from structs_in(item)
    elif isinstance(value, Struct):
        yield value
        for name in value.__struct_fields__:
            yield from structs_in(getattr(value, name))


def minimum(edition: str, capability: str, branch: int) -> int | None:
    row = EDITIONS[edition].minimums(capability).row(branch)
    assert row is not None
    return row.min_ubr


@pytest.mark.parametrize("edition", BOTH, ids=lambda edition: edition.id)
def test_every_table_and_row_carries_its_source_and_the_date_of_it(edition: Edition) -> None:
    rows = [row for row in structs_in(edition) if not isinstance(row, Caution | Source)]
    assert len(rows) > 40
    for row in rows:
        source = getattr(row, "source", None)
        assert isinstance(source, Source), row
        assert source.title
        assert date(2025, 1, 1) <= source.dated <= date(2026, 12, 31)


@pytest.mark.parametrize("edition", BOTH, ids=lambda edition: edition.id)
def test_no_table_names_a_branch_twice(edition: Edition) -> None:
    tables: list[tuple[Any, ...]] = [
        *(edition.minimums(capability).rows for capability in CAPABILITIES),
        edition.servicing,
        edition.quality_updates_required_below,
        edition.quality_updates_recommended_below,
    ]
    for table in tables:
        branches = [row.branch for row in table]
        assert len(branches) == len(set(branches))


def test_editions_are_found_by_id_and_the_intune_page_is_the_default() -> None:
    assert list(EDITIONS) == ["2025-08-18", "2026-09-29"]
    assert all(edition.id == id_ for id_, edition in EDITIONS.items())
    assert DEFAULT_EDITION == "2025-08-18"
    assert all(edition.source.dated.isoformat() == edition.id for edition in BOTH)


def test_an_edition_may_be_a_key() -> None:
    assert len({*BOTH, *BOTH}) == 2


@pytest.mark.parametrize("edition", list(EDITIONS))
def test_restore_asks_for_less_than_backup_wherever_microsoft_lists_both(edition: str) -> None:
    for branch in (22621, 22631, 26100):
        restore, backup = minimum(edition, "restore", branch), minimum(edition, "backup", branch)
        assert restore is not None
        assert backup is not None
        assert restore < backup


def test_the_editions_differ_in_24h2_restore_windows_10_21h2_and_pre_provisioning_only() -> None:
    old, new = BOTH
    assert minimum(old.id, "restore", 26100) == 1301
    assert minimum(new.id, "restore", 26100) == 4770
    assert {r.branch for r in old.backup.rows} - {r.branch for r in new.backup.rows} == {19044}
    assert (old.pre_provisioning.excluded, new.pre_provisioning.excluded) == (
        "device",
        "technician_flow",
    )
    for same in ("first_sign_in_restore", "servicing", "skus", "backup_default"):
        assert getattr(old, same) == getattr(new, same)


def test_a_caution_holds_between_its_bounds() -> None:
    caution = Caution("doc_conflict_24h2_restore_min", at_least=1301, below=4770)
    assert [caution.holds(ubr) for ubr in (1300, 1301, 4769, 4770, None)] == [
        *(False, True, True, False, False)
    ]
    assert Caution("newer_branch_not_listed").holds(None)


def test_a_required_build_is_shown_with_its_update() -> None:
    table: Minimums = EDITIONS[DEFAULT_EDITION].backup
    assert str(table.row(26100)) == "26100.4946 (KB5063878)"
    assert str(table.row(26200)) == "26200.4946"


def test_an_unknown_servicing_channel_lasts_as_long_as_any() -> None:
    ends = {end.branch: end for end in EDITIONS[DEFAULT_EDITION].servicing}
    assert ends[26100].last_day("home_pro") == date(2026, 10, 13)
    assert ends[26100].last_day(None) == date(2029, 10, 9)
    assert ends[22631].last_day(None) == ends[22631].last_day("ltsc") == date(2026, 11, 10)


def test_of_windows_10_21h2_only_the_ltsc_release_is_still_in_servicing() -> None:
    ends = {end.branch: end for end in EDITIONS[DEFAULT_EDITION].servicing}
    assert ends[19044].last_day("home_pro") == date(2023, 6, 13)
    assert ends[19044].last_day("enterprise_education") == date(2024, 6, 11)
    assert ends[19044].last_day("ltsc") == ends[19044].last_day(None) == date(2027, 1, 12)
