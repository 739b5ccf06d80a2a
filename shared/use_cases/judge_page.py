"""Turn one page of devices into the lines of a page blob."""

from collections.abc import Iterable

import msgspec
from msgspec import UNSET, Raw, UnsetType
from msgspec.structs import astuple

from shared.domain.assessment import Assessment
from shared.domain.managed_device import JUDGED, SHOWN, ManagedDevice, hyper_v_guest
from shared.domain.packing import Packed, pack
from shared.domain.reach import Reach, facts_of
from shared.domain.sweep import ROW, PageHeader, PageOpening
from shared.ports import DevicePage
from shared.use_cases.assess import Assessor

REMEMBERED = 50_000
"""Combinations of raw values kept; beyond it the book starts afresh, and memory stays flat."""

USER_NAME = ROW.index("user_name")


def _null(value: object) -> None:
    """Write what was not read as null. Raises TypeError for anything else msgspec cannot write."""
    if not isinstance(value, UnsetType):
        raise TypeError(f"a row holds {value!r}, which is no JSON")


_encoder = msgspec.json.Encoder(enc_hook=_null)

Row = tuple[object, ...]
"""The columns named by ROW."""


class Book:
    """The packed assessments of one sweep, looked up by the raw values that facts are made of.

    Facts are built, rules asked and answers packed only for a combination not seen before; every
    other device costs one look-up.
    """

    def __init__(self, assessor: Assessor, reach: Reach, remembered: int = REMEMBERED) -> None:
        self._assess = assessor.assess
        self._reach = reach
        self._remembered = remembered
        self._by_values: dict[tuple[object, ...], Packed] = {}
        self._packed: dict[Assessment, Packed] = {}

    def judge(self, devices: Iterable[ManagedDevice]) -> tuple[list[Row], set[Packed]]:
        """Judge devices: a row for each, and their distinct assessments."""
        # This loop runs a million times in a large sweep, hence its local names and its slices.
        place, known, new = self._reach.place, self._by_values.get, self._new
        rows: list[Row] = []
        distinct: set[Packed] = set()
        for device in devices:
            fields = astuple(device)
            user = device.user_name
            values = (
                fields[JUDGED],
                place(device),
                # Of names and models the rules may know but one thing each.
                user if user is UNSET else not user,
                hyper_v_guest(device.manufacturer, device.model),
            )
            packed = known(values) or new(values, device)
            distinct.add(packed)
            rows.append((*fields[SHOWN], packed.key))
        return rows, distinct

    def _new(self, values: tuple[object, ...], device: ManagedDevice) -> Packed:
        if len(self._by_values) >= self._remembered:
            self._by_values.clear()
            self._packed.clear()
        assessment = self._assess(facts_of(device, self._reach.of(device)))
        if assessment not in self._packed:
            self._packed[assessment] = pack(assessment)
        self._by_values[values] = self._packed[assessment]
        return self._packed[assessment]


def page_lines(number: int, page: DevicePage, book: Book, *, user_names: bool) -> bytes:
    """Judge one page and write it as JSON lines: the header first, then a row per device."""
    rows, distinct = book.judge(page.devices)
    if not user_names:
        rows = [(*row[:USER_NAME], None, *row[USER_NAME + 1 :]) for row in rows]
    findings: dict[str, Raw] = {}
    for packed in distinct:
        findings |= packed.findings
    header = PageHeader(
        page=number,
        next=page.next,
        devices=len(rows),
        assessments={packed.key: packed.content for packed in distinct},
        findings=findings,
        unreadable=page.unreadable,
        other_platforms=page.other_platforms,
        cost=page.cost,
    )
    return _encoder.encode_lines([PageOpening(None, header), *rows])
