"""Turn one page of devices into the lines of a page blob."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import UNSET, Raw, UnsetType

from shared.domain.assessment import Assessment
from shared.domain.managed_device import ManagedDevice, hyper_v_guest
from shared.domain.packing import Packed, pack
from shared.domain.reach import Reach, facts_of
from shared.domain.sweep import PageHeader, PageOpening
from shared.ports import DevicePage
from shared.use_cases.assess import Assessor

REMEMBERED = 50_000
"""Combinations of raw values kept; beyond it the book starts afresh, and memory stays flat."""


def _null(value: object) -> None:
    """Write what was not read as null. Raises TypeError for anything else msgspec cannot write."""
    if not isinstance(value, UnsetType):
        raise TypeError(f"a row holds {value!r}, which is no JSON")


_encoder = msgspec.json.Encoder(enc_hook=_null)

Row = tuple[object, ...]
"""The columns that ROW in shared/domain/sweep.py names, in its order."""


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

    def judge(
        self, devices: Iterable[ManagedDevice], *, user_names: bool
    ) -> tuple[list[Row], set[Packed]]:
        """Judge devices: a row for each, and their distinct assessments."""
        # This loop runs a million times in a large sweep, hence its local names.
        known, new = self._by_values.get, self._new
        by_entra, by_intune, by_user = self._reach.indexes
        rows: list[Row] = []
        distinct: set[Packed] = set()
        for device in devices:
            id_, entra_id, user_id = device.id, device.entra_device_id, device.user_id
            os_version, user_name = device.os_version, device.user_name
            manufacturer, model = device.manufacturer, device.model
            values = (
                device.operating_system,
                os_version,
                device.join_type,
                device.trust_type,
                device.enrollment_type,
                device.management_agent,
                device.autopilot_enrolled,
                device.sku_number,
                device.sku_family,
                # Of ids, names and models the rules may know no more than one thing each.
                by_entra(entra_id),
                by_intune(id_),
                by_user(user_id),
                user_name if user_name is UNSET else not user_name,
                hyper_v_guest(manufacturer, model),
            )
            packed = known(values) or new(values, device)
            distinct.add(packed)
            rows.append(
                (
                    os_version,
                    id_,
                    device.device_name,
                    entra_id,
                    user_id,
                    user_name if user_names else None,
                    device.serial_number,
                    manufacturer,
                    model,
                    device.category,
                    device.enrollment_profile,
                    device.enrolled,
                    device.last_sync,
                    packed.key,
                )
            )
        return rows, distinct

    def assessment_of(self, device: ManagedDevice) -> Assessment:
        """Judge one device."""
        return self._assess(facts_of(device, self._reach.of(device)))

    def _new(self, values: tuple[object, ...], device: ManagedDevice) -> Packed:
        if len(self._by_values) >= self._remembered:
            self._by_values.clear()
            self._packed.clear()
        assessment = self.assessment_of(device)
        if assessment not in self._packed:
            self._packed[assessment] = pack(assessment)
        self._by_values[values] = self._packed[assessment]
        return self._packed[assessment]


def page_lines(
    number: int, page: DevicePage, book: Book, *, user_names: bool, read_at: datetime
) -> bytes:
    """Judge one page and write it as JSON lines: the header first, then a row per device.

    `read_at` is the moment before Graph was asked, in UTC.
    """
    rows, distinct = book.judge(page.devices, user_names=user_names)
    findings: dict[str, Raw] = {}
    for packed in distinct:
        findings |= packed.findings
    header = PageHeader(
        page=number,
        next=page.next,
        devices=len(rows),
        read_at=read_at,
        assessments={packed.key: packed.content for packed in distinct},
        findings=findings,
        unreadable=page.unreadable,
        other_platforms=page.other_platforms,
        cost=page.cost,
    )
    return _encoder.encode_lines([PageOpening(None, header), *rows])
