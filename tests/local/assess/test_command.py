"""The command knows a file by its content, answers, and says what it could not read."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

import pytest

from local.assess.command import main
from tests.compare_cases import differences

ROOT = Path(__file__).parents[3]
SHARED_CASES = ROOT.parent / "shared" / "cases" / "eligibility.jsonl"
DAY = date(2026, 11, 22)

DEVICE = {
    "id": "1",
    "deviceName": "PC-1",
    "operatingSystem": "Windows",
    "osVersion": "10.0.26100.9550",
    "joinType": "azureADJoined",
    "deviceEnrollmentType": "windowsAzureADJoin",
    "managementAgent": "mdm",
    "autopilotEnrolled": True,
    "skuNumber": 4,
    "skuFamily": "Enterprise",
    "userPrincipalName": "a@contoso.com",
    "manufacturer": "LENOVO",
    "model": "21HM",
}
TENANT = {
    "cloud": "commercial",
    "restoreState": "enabled",
    "espInstallQualityUpdates": True,
    "backupPolicy": "enabled",
    "firstSignInRestorePolicy": "enabled",
    "phishingResistantMfaEnforced": False,
    "region": "non-DMA",
}
CASE = {"id": "C-1", "device": DEVICE, "tenant": TENANT, "user": {"hasBackupProfile": True}}
CSV = (
    "Device name,OS,OS version,JoinType,SkuFamily,Primary user UPN\r\n"
    "PC-1,Windows,10.0.26100.9550,Azure AD joined,Enterprise,a@contoso.com\r\n"
)


class Ran(NamedTuple):
    status: int
    out: str
    errors: str

    @property
    def answers(self) -> dict[str, Any]:
        lines = [json.loads(line) for line in self.out.split("\n") if line]
        return {line["id"]: line["capabilities"] for line in lines}


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(content: bytes | str, *flags: str, tenant: dict[str, Any] | None = None) -> Ran:
        held = content.encode() if isinstance(content, str) else content
        (tmp_path / "whatever").write_bytes(held)
        if tenant is not None:
            (tmp_path / "facts").write_text(json.dumps(tenant), encoding="utf-8")
            flags = (*flags, "--tenant", str(tmp_path / "facts"))
        out, errors = io.StringIO(), io.StringIO()
        argv = [str(tmp_path / "whatever"), "--format", "json", *flags]
        status = main(argv, stdout=out, stderr=errors, today=lambda: DAY)
        return Ran(status, out.getvalue(), errors.getvalue())

    return run


def zipped(content: str) -> bytes:
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("export", content)
    return packed.getvalue()


def reasons(judged: dict[str, Any], part: str) -> set[str]:
    return {finding["reason"] for finding in judged[part]}


def test_a_case_is_answered_from_its_own_facts(run: Run) -> None:
    ran = run(json.dumps(CASE))

    assert (ran.status, ran.errors) == (0, "")
    for capability in ("backup", "restore", "first_sign_in_restore"):
        judged = ran.answers["C-1"][capability]
        assert (judged["verdict"], judged["ready"]) == ("eligible", "yes")


@pytest.mark.parametrize(
    ("content", "id_"),
    [
        (json.dumps(CASE), "C-1"),
        ("broken\n" + json.dumps(CASE), "C-1"),
        (json.dumps({"value": [DEVICE]}), "1"),
        (json.dumps({"value": [DEVICE]}, indent=4), "1"),
        (json.dumps([DEVICE]), "1"),
        (json.dumps(DEVICE), "1"),
        (CSV, "PC-1"),
        (CSV.replace(",", ";"), "PC-1"),
    ],
    ids=["case", "case after garbage", "export", "pretty", "list", "device", "csv", "semicolons"],
)
@pytest.mark.parametrize(
    "wrap",
    [str.encode, lambda text: text.encode("utf-8-sig"), lambda text: text.encode("utf-16"), zipped],
    ids=["plain", "utf-8 mark", "utf-16", "zip"],
)
def test_a_file_is_recognised_by_its_content_in_any_wrapping(
    run: Run, content: str, id_: str, wrap: Callable[[str], bytes]
) -> None:
    assert list(run(wrap(content)).answers) == [id_]


def test_a_line_that_cannot_be_read_is_numbered_and_the_rest_goes_on(run: Run) -> None:
    good = json.dumps(CASE).encode()
    odd = json.dumps(CASE | {"edition": "1999-01-01"}).encode()
    lines = [good, b"", b'{"id": "C-2", "device": {', b'{"id": "\xff", "device": {}}', odd, good]

    ran = run(b"\n".join(lines))

    assert ran.status == 1
    assert ran.out.count("\n") == 2
    shown = ran.errors.splitlines()
    assert [line.split(":")[0] for line in shown[:3]] == ["line 3", "line 4", "line 5"]
    assert "1999-01-01" in shown[2]
    assert shown[3:] == ["3 places could not be read"]


def test_an_export_that_breaks_off_is_answered_up_to_there(run: Run) -> None:
    ran = run('{"value": [' + json.dumps(DEVICE) + ', {"id": ')

    assert ran.status == 1
    assert list(ran.answers) == ["1"]
    assert "after device 1: the JSON is damaged" in ran.errors


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"Dear all,\nthe devices are fine.\n", "of no kind known here"),
        (b"\x89PNG\r\n\x1a\n\0\0", "of no kind known here"),
        (b'{"error": {"code": "Forbidden"}}', "no managed device"),
        (b'{"value": [', "damaged"),
        (b"PK\x03\x04 and no more", "zip cannot be opened"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_status_2(
    run: Run, content: bytes, why: str
) -> None:
    ran = run(content)

    assert (ran.status, ran.out) == (2, "")
    assert why in ran.errors


def test_tenant_facts_complete_an_export(run: Run) -> None:
    alone = run(json.dumps([DEVICE])).answers["1"]["backup"]
    assert alone["verdict"] == "unknown"
    assert "unknown_cloud" in reasons(alone, "unknowns")

    facts = TENANT | {"hasBackupProfile": True}
    helped = run(json.dumps([DEVICE]), tenant=facts).answers["1"]
    assert {c: (j["verdict"], j["ready"]) for c, j in helped.items()} == {
        "backup": ("eligible", "yes"),
        "restore": ("eligible", "yes"),
        "first_sign_in_restore": ("eligible", "yes"),
    }


def test_what_a_case_says_of_its_tenant_wins_over_the_flag(run: Run) -> None:
    case = json.dumps(CASE | {"tenant": {"restoreState": "disabled"}})

    judged = run(case, tenant=TENANT).answers["C-1"]["restore"]

    assert reasons(judged, "blockers") == {"tenant_restore_not_enabled"}
    assert judged["verdict"] == "eligible"


def test_an_edition_and_a_day_of_a_line_win_over_the_flags(run: Run) -> None:
    # 26100.1301 may restore by the Intune page, and is too old for the Windows page.
    device = DEVICE | {"osVersion": "10.0.26100.2000"}
    old, new = (
        json.dumps(CASE | {"id": edition, "device": device, "edition": edition})
        for edition in ("2025-08-18", "2026-09-29")
    )
    unsaid = json.dumps(CASE | {"device": device})

    answers = run("\n".join([old, new, unsaid]), "--edition", "2026-09-29").answers

    verdicts = {name: answer["restore"]["verdict"] for name, answer in answers.items()}
    assert verdicts == {"2025-08-18": "eligible", "2026-09-29": "ineligible", "C-1": "ineligible"}


def test_the_day_is_that_of_the_line_then_of_the_flag_then_today(run: Run) -> None:
    early = json.dumps(CASE | {"id": "early", "as_of": "2026-11-22"})
    content = f"{early}\n{json.dumps(CASE)}"

    def out_of_servicing(*flags: str) -> dict[str, bool]:
        answers = run(content, *flags).answers
        return {
            name: "os_out_of_servicing" in reasons(answer["backup"], "warnings")
            for name, answer in answers.items()
        }

    assert out_of_servicing("--as-of", "2028-01-01") == {"early": False, "C-1": True}
    assert out_of_servicing() == {"early": False, "C-1": False}


def test_strict_servicing_makes_the_warning_a_blocker(run: Run) -> None:
    flags = ("--as-of", "2028-01-01", "--strict-servicing")

    judged = run(json.dumps(CASE), *flags).answers["C-1"]["backup"]

    assert reasons(judged, "blockers") == {"os_out_of_servicing"}


def test_an_export_says_once_what_it_cannot_tell(run: Run) -> None:
    rows = CSV + CSV.split("\r\n")[1] + "\r\n"

    aside = run(rows)
    table = run(rows, "--format", "table")

    assert aside.status == table.status == 0
    for shown in (aside.errors, table.out):
        assert shown.count("This export does not tell") == 1
        assert "skuNumber" in shown
        assert "deviceEnrollmentType" in shown
        assert "trustType" in shown
        assert "osVersion" not in shown
    assert table.errors == ""
    assert aside.out.count("\n") == 2


def test_a_beta_export_is_not_said_to_lack_what_it_has(run: Run) -> None:
    errors = run(json.dumps([DEVICE]), tenant={"hasBackupProfile": True}).errors

    assert "skuNumber" not in errors
    assert "hasBackupProfile" not in errors
    assert "No tenant facts" not in errors


def test_an_export_without_devices_is_a_table_of_none(run: Run) -> None:
    ran = run('{"value": []}', "--format", "table")

    assert ran.status == 0
    assert ran.out.startswith("0 devices")


def test_the_csv_answer_has_its_header_and_a_row_a_device(run: Run) -> None:
    header, row = run(CSV, "--format", "csv").out.splitlines()

    assert header.startswith("id,name,backup_verdict,")
    assert row.startswith("PC-1,PC-1,unknown,unknown,")


def test_standard_input_is_read_for_a_dash() -> None:
    out = io.StringIO()

    status = main(
        ["-", "--format", "json"],
        stdin=io.BytesIO(json.dumps(CASE).encode()),
        stdout=out,
        stderr=io.StringIO(),
    )

    assert status == 0
    assert json.loads(out.getvalue())["id"] == "C-1"


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        (("--edition", "1999"), "1999"),
        (("--as-of", "tomorrow"), "no date"),
        (("--tenant", "nowhere.json"), "nowhere.json"),
        (("--format", "xml"), "xml"),
    ],
)
def test_a_command_that_makes_no_sense_has_status_2(
    run: Run, flags: tuple[str, str], why: str
) -> None:
    ran = run(json.dumps(CASE), *flags)

    assert (ran.status, ran.out) == (2, "")
    assert why in ran.errors


def test_wrong_tenant_facts_have_status_2_and_are_named(run: Run) -> None:
    ran = run(json.dumps(CASE), tenant={"cloud": "azure", "colour": "blue"})

    assert ran.status == 2
    assert "azure" in ran.errors
    assert "colour" in ran.errors


def test_a_missing_file_and_a_folder_have_status_2(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        errors = io.StringIO()
        assert main([str(path)], stdout=io.StringIO(), stderr=errors) == 2
        assert path.name in errors.getvalue()


def test_help_has_status_0() -> None:
    out = io.StringIO()

    assert main(["--help"], stdout=out, stderr=io.StringIO()) == 0
    assert "--strict-servicing" in out.getvalue()


@pytest.mark.parametrize("shape", ["table", "json", "csv"])
def test_a_reader_that_goes_away_ends_the_command_quietly(tmp_path: Path, shape: str) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    (tmp_path / "case").write_text(json.dumps(CASE), encoding="utf-8")
    errors = io.StringIO()

    argv = [str(tmp_path / "case"), "--format", shape]
    assert main(argv, stdout=Closed(), stderr=errors) == 1
    assert errors.getvalue() == ""


@pytest.mark.skipif(not SHARED_CASES.exists(), reason="../shared/cases is not here")
def test_the_command_answers_every_shared_case_as_expected() -> None:
    command = [sys.executable, "-m", "local", "assess", str(SHARED_CASES), "--format", "json"]

    ran = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)

    answers = ran.stdout.decode().splitlines()
    cases = SHARED_CASES.read_text(encoding="utf-8").splitlines()
    assert len(answers) == len(cases)
    assert list(differences(cases, answers)) == []
