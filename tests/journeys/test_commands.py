"""`python -m local sweep` and `python -m local explain`, as an administrator types them."""

import re
import shutil
from collections.abc import Iterator
from typing import get_args

import msgspec
import pytest
from msgspec import Struct

from local.sweep.place import HOME, LAST, Place, last_place
from local.sweep.programs import storage as storage_of
from local.tenant.device import Device
from local.tenant.server import TenantServer
from shared.domain.assessment import Ready, Verdict
from shared.domain.rule import CAPABILITIES
from shared.report.summary import Summary
from tests.journeys.command_line import local
from tests.journeys.oracle import Assessments, expected, judged

pytestmark = pytest.mark.journey

SEED, DEVICES = 424_242, 300
BUILD = "os_build_too_old"
VERDICTS, READY = get_args(Verdict), get_args(Ready)


class Finished(Struct, frozen=True):
    """A sweep that the command made: what it said, and where it left its files."""

    place: Place
    status: int
    said: str
    remembered: Place | None
    connection: str

    @property
    def summary(self) -> Summary:
        file = self.place.report / "summary.json"
        return msgspec.json.decode(file.read_bytes(), type=Summary)


@pytest.fixture(scope="module")
def finished(storage: str) -> Iterator[Finished]:
    """One sweep by the command, in a place of its own; its storage runs on for `explain`.

    The fixture `storage` is asked for only so that all of this is skipped where Azurite is missing.
    """
    place = Place(HOME / f"typical-{SEED}-{DEVICES}")
    before = LAST.read_bytes() if LAST.exists() else None
    shutil.rmtree(place.folder, ignore_errors=True)
    try:
        status, said = local("sweep", "--seed", str(SEED), "--devices", str(DEVICES))
        remembered = last_place()
        _remember(before, instead_of=place)
        with storage_of(place) as connection:
            yield Finished(place, status, said, remembered, connection)
    finally:
        shutil.rmtree(place.folder, ignore_errors=True)


def _remember(before: bytes | None, instead_of: Place) -> None:
    """Leave the last sweep that people made here to `explain`, even if they made it just now."""
    if last_place() != instead_of:
        return
    if before is None:
        LAST.unlink()
    else:
        LAST.write_bytes(before)


@pytest.fixture(scope="module")
def tenant() -> TenantServer:
    """The tenant that was swept, to ask for its truth."""
    return TenantServer(seed=SEED, devices=DEVICES)


@pytest.fixture(scope="module")
def assessments(finished: Finished, tenant: TenantServer) -> Assessments:
    """What is true of its devices on the day of the sweep."""
    return judged(tenant.truth, finished.summary.as_of)


def test_a_sweep_by_the_command_ends_well_and_prints_the_figures(
    finished: Finished, assessments: Assessments
) -> None:
    assert finished.status == 0, finished.said
    assert f"{len(assessments):,} Windows devices" in finished.said
    true = [expected(assessments, capability) for capability in CAPABILITIES]
    shares = re.findall(r"([\d,]+) +\d+%", finished.said)
    assert sorted(map(number, shares)) == sorted(
        figures.get(answer, 0)
        for capability in true
        for figures, answers in ((capability.verdicts, VERDICTS), (capability.ready, READY))
        for answer in answers
    )
    reasons = re.findall(r"^ *([a-z0-9_]+_[a-z0-9_]+) +([\d, ]+?) *$", finished.said, re.MULTILINE)
    assert len(reasons) > len(CAPABILITIES)
    for code, counts in reasons:
        told = [c.blockers.get(code) or c.unknowns.get(code) for c in true]
        assert list(map(number, counts.split())) == [devices for devices in told if devices]


def test_the_report_lies_where_the_command_says(finished: Finished) -> None:
    assert f"Snapshot and report: {finished.place.report}" in finished.said
    names = {file.name for file in finished.place.report.iterdir()}
    assert names == {
        *("devices.parquet", "changes.parquet", "assessments.json", "summary.json", "report.txt"),
        "digest",
    }


def test_the_command_remembers_the_sweep_for_explain(finished: Finished) -> None:
    assert finished.remembered == finished.place


@pytest.mark.parametrize("by", ["name", "id", "serial_number"])
def test_a_blocked_devices_story_is_told_for_its_name_id_and_serial(
    finished: Finished, tenant: TenantServer, assessments: Assessments, by: str
) -> None:
    device = blocked_by_its_build(tenant, assessments)
    status, said = explain(finished, getattr(device, by))
    assert status == 0, said
    for known in (device.name, device.id, device.serial_number):
        assert known in said
    (finding,) = (f for f in assessments[device.id].backup.blockers if f.reason == BUILD)
    assert "Backup: ineligible, ready: no" in said
    story = said[said.index(BUILD) :]
    story = story[: story.index("\n", story.index("source: "))]
    assert f"since {finished.summary.started:%Y-%m-%d}" in story.splitlines()[0]
    told = [finding.observed or "", finding.required or "", "why: ", "fix: ", "source: "]
    places = [story.index(word) for word in told]
    assert places[2:] == sorted(places[2:])


def test_a_device_that_nobody_knows_has_no_story(finished: Finished) -> None:
    status, said = explain(finished, "no-such-device")
    assert status == 1
    assert "No known device matches 'no-such-device'." in said


def number(printed: str) -> int:
    return int(printed.replace(",", ""))


def explain(finished: Finished, wanted: str) -> tuple[int, str]:
    return local("explain", wanted, AzureWebJobsStorage=finished.connection)


def blocked_by_its_build(tenant: TenantServer, assessments: Assessments) -> Device:
    return next(
        device
        for device, _ in tenant.truth.devices()
        if any(f.reason == BUILD for f in assessments[device.id].backup.blockers)
    )
