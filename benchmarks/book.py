"""The book that a sweep of the simulated tenant judges by."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from shared.domain.editions import DEFAULT_EDITION, EDITIONS
from shared.domain.guid_set import GuidSet
from shared.domain.reach import Reach
from shared.domain.tenant import TenantReading
from shared.use_cases.assess import Assessor
from shared.use_cases.judge_page import Book

DAY = date(2026, 11, 22)
NIGHT = datetime(DAY.year, DAY.month, DAY.day, 2, tzinfo=UTC)


def book_of(reading: TenantReading, sets: Mapping[str, GuidSet]) -> Book:
    """Open the book of a tenant that was read."""
    return Book(Assessor(reading.facts, EDITIONS[DEFAULT_EDITION], DAY), Reach(reading, sets))
