from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

import pytest

from local.tenant.changes import Change, apply
from local.tenant.faults import Faults
from local.tenant.server import TenantServer
from shared.domain.assessment import Assessment
from shared.domain.facts import Facts
from tests.journeys.installation import Swept
from tests.journeys.oracle import Assessments, History, Transition, judged
from tests.journeys.system import System, serving

pytestmark = pytest.mark.journey

OLD_BUILD, NEW_BUILD = "10.0.19045.2006", "10.0.26100.9550"


def reported(swept: Swept) -> set[Transition]:
    lines = [
        Transition(row["id"], row["capability"], row["reason"], row["transition"], row["cause"])
        for row in swept.changes
    ]
    assert len(set(lines)) == len(lines) == sum(t.devices for t in swept.summary.transitions)
    return set(lines)


def truly(system: System, swept: Swept) -> Assessments:
    return judged(system.tenant.truth, swept.summary.as_of)


def began(swept: Swept) -> datetime:
    """Give the start as Parquet has it, in UTC without saying so."""
    return swept.record.started.replace(tzinfo=None)


class Choice:
    """Picks devices by how they stand, each of them once."""

    def __init__(self, tenant: TenantServer, assessments: Assessments) -> None:
        self._left = [(d.index, facts, assessments[d.id]) for d, facts in tenant.truth.devices()]

    def first(self, wanted: Callable[[Facts, Assessment], bool]) -> int:
        place = next(n for n, (_, f, a) in enumerate(self._left) if wanted(f, a))
        return self._left.pop(place)[0]


def is_eligible(_: Facts, assessment: Assessment) -> bool:
    return assessment.backup.verdict == "eligible"


def is_blocked_by_its_build(_: Facts, assessment: Assessment) -> bool:
    return any(f.reason == "os_build_too_old" for f in assessment.backup.blockers)


def has_a_user(facts: Facts, _: Assessment) -> bool:
    return facts.has_user is True


async def test_later_sweeps_report_exactly_what_changed_and_nothing_twice(
    storage: str, app_folder: Path
) -> None:
    tenant = TenantServer(seed=8, devices=400)
    async with serving(storage, app_folder, tenant) as system:
        first = await system.sweep()
        before = truly(system, first)
        history = History(before)
        choose = Choice(tenant, before).first
        outdated, unread = choose(is_eligible), choose(is_blocked_by_its_build)
        added: dict[str, object] = {"deviceName": "A-NEW-ONE", "osVersion": OLD_BUILD}
        for change in (
            Change(device=outdated, set={"osVersion": OLD_BUILD}),
            Change(device=choose(is_blocked_by_its_build), set={"osVersion": NEW_BUILD}),
            Change(device=unread, absent=["osVersion"]),
            Change(device=choose(is_blocked_by_its_build), set={"deviceName": "A-NEW-NAME"}),
            Change(device=choose(has_a_user), set={"userPrincipalName": "", "userId": ""}),
            Change(device=choose(is_blocked_by_its_build), delete=True),
            Change(device=choose(is_eligible), delete=True),
            Change(add={**added, "operatingSystem": "Windows"}),
            Change(restore_state="enabled"),
        ):
            apply(tenant.graph, change)

        second = await system.sweep()
        transitions = history.then(truly(system, second))
        assert reported(second) == transitions
        assert {t.transition for t in transitions} == {"raised", "cleared"}
        assert {t.cause for t in transitions} == {"assessed", "new_device", "gone"}
        assert (second.summary.new_devices, second.summary.gone_devices) == (1, 2)
        assert second.summary.previous == first.record.id
        held = [row["id"] for row in second.devices.values() if any(b["held"] for b in row["open"])]
        assert held == [tenant.tenant.fleet.intune.guid(unread)]

        apply(tenant.graph, Change(device=outdated, set={"osVersion": NEW_BUILD}))
        apply(tenant.graph, Change(restore_state="notConfigured"))
        third = await system.sweep()
        transitions = history.then(truly(system, third))
        assert reported(third) == transitions
        assert {t.transition for t in transitions} >= {"reopened", "cleared"}
        reopened = [row for row in third.changes if row["transition"] == "reopened"]
        assert {row["first_seen"] for row in reopened} == {
            first.record.started.replace(tzinfo=None)
        }
        assert {row["since"] for row in reopened} == {third.record.started.replace(tzinfo=None)}

        fourth = await system.sweep()
        assert reported(fourth) == history.then(truly(system, fourth)) == set()


@pytest.mark.parametrize(("renamed", "read_twice"), [("earlier", 0), ("later", 1)])
@pytest.mark.usefixtures("small_pages")
async def test_a_device_renamed_while_pages_are_read_is_neither_gone_nor_news(
    storage: str, app_folder: Path, renamed: Literal["earlier", "later"], read_twice: int
) -> None:
    tenant = TenantServer(seed=9, devices=100)
    async with serving(storage, app_folder, tenant) as system:
        first = await system.sweep()
        tenant.set_faults(Faults(renamed=renamed))
        second = await system.sweep()
    names = {device.id: device.name for device, _ in tenant.truth.devices()}
    assert {id_: row["name"] for id_, row in second.devices.items()} == names
    assert names != {id_: row["name"] for id_, row in first.devices.items()}
    assert second.changes == []
    assert (second.summary.new_devices, second.summary.gone_devices) == (0, 0)
    assert second.summary.duplicates == read_twice
