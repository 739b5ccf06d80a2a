"""The settings of controlled changes: every gate can be moved or turned off, and nothing else."""

from datetime import time, timedelta

import pytest

from shared.config import Settings, read_settings
from shared.domain.change_window import ChangeWindow
from shared.domain.gates import GateTerms
from shared.domain.restore_terms import RestoreTerms
from shared.errors import SettingsError

LEAST = {"TENANT_ID": "contoso.com", "AzureWebJobsStorage": "UseDevelopmentStorage=true"}
READER, WRITER = "0f7e78ba-6e1f-485b-8b8b-fb86895f0498", "66cd7c22-6c51-4ab1-95ed-0f1c5b4e9d1f"
TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
NUMBERS = {
    "RESTORE_GATE_SWEEP_HOURS": 168,
    "RESTORE_GATE_ELIGIBLE_PERCENT": 100,
    "RESTORE_GATE_BACKUP_PERCENT": 100,
    "RESTORE_GATE_COOL_DOWN_HOURS": 720,
}
SWITCHES = ("RESTORE_GATE_CLOUD", "RESTORE_GATE_QUALITY_UPDATES", "RESTORE_GATE_NO_STORM")


def read(**differing: str) -> Settings:
    return read_settings(LEAST | differing)


def wrong(**differing: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read(**differing)
    return str(caught.value)


def test_every_term_is_read() -> None:
    assert read(
        RESTORE_APPROVALS="2",
        RESTORE_APPROVER_ROLES="RestoreSetting.Approve, Change.Board",
        RESTORE_PLAN_HOURS="168",
        RESTORE_GATE_SWEEP_HOURS="12",
        RESTORE_GATE_ELIGIBLE_PERCENT="7",
        RESTORE_GATE_BACKUP_PERCENT="100",
        RESTORE_GATE_WINDOW="Mon-Fri 09:00-17:00 Europe/Amsterdam",
        RESTORE_GATE_COOL_DOWN_HOURS="1",
    ).restore == RestoreTerms(
        approvals=2,
        approver_roles=("RestoreSetting.Approve", "Change.Board"),
        plan_holds=timedelta(days=7),
        gates=GateTerms(
            last_sweep=timedelta(hours=12),
            eligible_share=0.07,
            backup_reach=1.0,
            change_window=ChangeWindow(frozenset(range(5)), time(9), time(17), "Europe/Amsterdam"),
            cool_down=timedelta(hours=1),
        ),
    )


@pytest.mark.parametrize("off", ["off", "OFF"])
def test_every_gate_can_be_turned_off(off: str) -> None:
    names = (*NUMBERS, *SWITCHES, "RESTORE_GATE_WINDOW")
    assert read(**dict.fromkeys(names, off)).restore.gates == GateTerms(
        cloud=False,
        last_sweep=None,
        eligible_share=None,
        backup_reach=None,
        quality_updates=False,
        change_window=None,
        cool_down=None,
        no_storm=False,
    )


def test_no_approval_is_needed_where_none_is_wanted() -> None:
    assert read(RESTORE_APPROVALS="0").restore.approvals == 0


@pytest.mark.parametrize(("name", "most"), NUMBERS.items())
def test_thresholds_have_bounds(name: str, most: int) -> None:
    assert read(**{name: str(most)}).restore != read(**{name: "1"}).restore
    for given in ("0", str(most + 1), "-1", "1.5", "none", "50%", "٥"):
        assert f"{name} is {given!r}, and must be off or a whole number from 1 to {most}" in wrong(
            **{name: given}
        )


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("RESTORE_APPROVALS", "3"),
        ("RESTORE_APPROVALS", "off"),
        ("RESTORE_PLAN_HOURS", "0"),
        ("RESTORE_PLAN_HOURS", "169"),
        ("RESTORE_GATE_CLOUD", "50"),
        ("RESTORE_GATE_NO_STORM", "yes"),
    ],
)
def test_what_is_out_of_bounds_is_named(name: str, given: str) -> None:
    assert f"{name} is {given!r}, and must be" in wrong(**{name: given})


def test_a_window_that_cannot_be_read_says_how_it_is_written() -> None:
    said = wrong(RESTORE_GATE_WINDOW="in the morning")
    assert "RESTORE_GATE_WINDOW must be days, hours and perhaps a time zone, such as Mon" in said
    said = wrong(RESTORE_GATE_WINDOW="Mon 09:00-10:00 Mars/Olympus")
    assert "RESTORE_GATE_WINDOW names the time zone 'Mars/Olympus'" in said


def test_a_list_of_approver_roles_names_one_at_least() -> None:
    assert "RESTORE_APPROVER_ROLES names no role" in wrong(RESTORE_APPROVER_ROLES=" , ")


def test_audiences_are_client_ids_and_application_id_uris() -> None:
    settings = read(TENANT_ID=TENANT, API_AUDIENCE=f"{READER}, api://readiness")
    assert settings.api_audiences == (READER, "api://readiness")
    said = wrong(API_AUDIENCE=f"{READER} readiness")
    assert "API_AUDIENCE holds 'readiness'" in said
    assert READER not in said


def test_tokens_name_the_tenant_by_its_id_so_the_api_needs_it_in_lower_case() -> None:
    assert "a GUID: access tokens name the tenant" in wrong(API_AUDIENCE=READER)
    assert read(TENANT_ID=TENANT.upper(), API_AUDIENCE=READER).tenant_id == TENANT
    simulated = read(API_AUDIENCE=READER, GRAPH_URL="http://127.0.0.1:7080")
    assert simulated.api_audiences == (READER,)


def test_whoever_writes_is_not_whoever_reads() -> None:
    assert read(RESTORE_CLIENT_ID=WRITER, AZURE_CLIENT_ID=READER).restore_client_id == WRITER
    said = wrong(RESTORE_CLIENT_ID=READER.upper(), AZURE_CLIENT_ID=READER)
    assert "RESTORE_CLIENT_ID is that of AZURE_CLIENT_ID" in said


def test_the_audit_has_a_container_of_its_own() -> None:
    assert read(AUDIT_CONTAINER="elsewhere").audit_container == "elsewhere"
    assert "AUDIT_CONTAINER is 'readiness'" in wrong(AUDIT_CONTAINER="readiness")
    said = wrong(READINESS_CONTAINER="readiness-audit")
    assert "another container than READINESS_CONTAINER" in said


def test_all_that_is_wrong_is_named_in_one_error() -> None:
    said = wrong(
        TENANT_ID="",
        API_AUDIENCE="readiness",
        AUDIT_CONTAINER="readiness",
        RESTORE_APPROVALS="9",
        RESTORE_GATE_WINDOW="never",
        RESTORE_GATE_SWEEP_HOURS="soon",
    )
    for name in ("TENANT_ID", "API_AUDIENCE", "AUDIT_CONTAINER", "RESTORE_APPROVALS"):
        assert name in said
    for name in ("RESTORE_GATE_WINDOW", "RESTORE_GATE_SWEEP_HOURS"):
        assert name in said
