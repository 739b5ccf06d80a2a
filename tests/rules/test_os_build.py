import pytest
from msgspec import UNSET

from shared.domain.facts import Text
from shared.domain.rule import CAPABILITIES, Capability
from shared.rules.os_build import RULE
from tests.builders import NEW, OLD, codes, device, found

BACKUP, RESTORE, FIRST_SIGN_IN = CAPABILITIES
LISTED_LATER = "newer_branch_not_listed"


def asked(version: Text, capability: Capability, edition: str = OLD) -> list[str]:
    return codes(found(RULE, device(os_version=version), capability=capability, edition=edition))


@pytest.mark.parametrize("edition", [OLD, NEW])
@pytest.mark.parametrize(
    ("capability", "branch", "lowest"),
    [
        *((BACKUP, 22621, 5768), (BACKUP, 22631, 5768), (BACKUP, 26100, 4946)),
        *((RESTORE, 22621, 3958), (RESTORE, 22631, 3958)),
        *((FIRST_SIGN_IN, 26100, 7922), (FIRST_SIGN_IN, 26200, 7922)),
    ],
)
def test_the_lowest_listed_build_passes_and_the_one_below_does_not(
    edition: str, capability: Capability, branch: int, lowest: int
) -> None:
    assert asked(f"10.0.{branch}.{lowest}", capability, edition) == []
    assert asked(f"10.0.{branch}.{lowest - 1}", capability, edition) == ["os_build_too_old"]


@pytest.mark.parametrize(
    ("capability", "branch", "lowest"),
    [
        *((BACKUP, 26200, 4946), (BACKUP, 26300, 4946), (RESTORE, 26200, 4946)),
        *((RESTORE, 26300, 4946), (FIRST_SIGN_IN, 26300, 7922)),
    ],
)
def test_a_newer_branch_passes_from_its_lowest_build_with_a_warning(
    capability: Capability, branch: int, lowest: int
) -> None:
    assert asked(f"{branch}.{lowest}", capability) == [LISTED_LATER]
    assert asked(f"{branch}.{lowest - 1}", capability) == ["os_build_too_old", LISTED_LATER]


@pytest.mark.parametrize("version", ["28000", "28000.1", "10.0.28000.9999"])
def test_any_build_of_26h1_backs_up_and_restores_and_is_unlisted_for_first_sign_in(
    version: str,
) -> None:
    assert asked(version, BACKUP) == [LISTED_LATER]
    assert asked(version, RESTORE) == [LISTED_LATER]
    assert asked(version, FIRST_SIGN_IN) == ["os_branch_unlisted"]


def test_revisions_of_different_branches_are_not_compared() -> None:
    assert asked("19045.5000", BACKUP) == ["os_build_too_old", "doc_discrepancy_win10_build"]
    assert asked("26100.2033", BACKUP) == ["os_build_too_old"]


def test_revisions_compare_as_numbers() -> None:
    assert asked("26100.10000", BACKUP) == []


def test_the_august_2025_hotpatch_is_too_old_to_back_up() -> None:
    assert asked("26100.4851", BACKUP) == ["os_build_too_old"]


@pytest.mark.parametrize("edition", [OLD, NEW])
def test_windows_10_22h2_backs_up_from_6216_and_below_it_the_pages_disagree(edition: str) -> None:
    below = ["os_build_too_old", "doc_discrepancy_win10_build"]
    assert asked("19045.6216", BACKUP, edition) == []
    assert asked("19045.6215", BACKUP, edition) == below


def test_windows_10_21h2_backs_up_by_the_letter_of_the_earlier_edition_only() -> None:
    assert asked("19044.6216", BACKUP, OLD) == ["doc_discrepancy_win10_build"]
    assert asked("19044.6215", BACKUP, OLD) == ["os_build_too_old"]
    assert asked("19044.6216", BACKUP, NEW) == ["os_version_unsupported"]


def test_24h2_between_the_two_restore_minimums_is_what_the_edition_says() -> None:
    assert asked("26100.1300", RESTORE, OLD) == ["os_build_too_old"]
    assert asked("26100.1301", RESTORE, OLD) == ["doc_conflict_24h2_restore_min"]
    assert asked("26100.4769", RESTORE, OLD) == ["doc_conflict_24h2_restore_min"]
    assert asked("26100.4770", RESTORE, OLD) == []
    assert asked("26100.4769", RESTORE, NEW) == ["os_build_too_old"]
    assert asked("26100.4770", RESTORE, NEW) == []


@pytest.mark.parametrize("version", ["19045.9999", "22000.9999", "20348.1", "17763.8511"])
def test_windows_10_and_11_21h2_never_restore(version: str) -> None:
    assert asked(version, RESTORE) == ["os_version_unsupported"]


@pytest.mark.parametrize("version", ["22631.9999", "22635.1", "26052.1", "19045.9999"])
def test_nothing_below_24h2_restores_at_first_sign_in(version: str) -> None:
    assert asked(version, FIRST_SIGN_IN) == ["os_version_unsupported"]


@pytest.mark.parametrize("branch", [22635, 26120, 26220, 27842, 29500])
def test_an_insider_branch_is_unlisted_and_never_passes(branch: int) -> None:
    assert asked(f"{branch}.9999", BACKUP) == ["os_branch_unlisted"]
    assert asked(f"{branch}.9999", RESTORE) == ["os_branch_unlisted"]


@pytest.mark.parametrize("version", [UNSET, None, "", ".".join("0000"), "Windows 11"])
def test_an_os_version_that_cannot_be_read_is_unknown(version: Text) -> None:
    for capability in CAPABILITIES:
        assert asked(version, capability) == ["unknown_os_build"]


def test_a_missing_revision_is_unknown_unless_the_branch_is_ruled_out() -> None:
    assert asked("26100", BACKUP) == ["unknown_os_build"]
    assert asked("26200", RESTORE) == ["unknown_os_build", LISTED_LATER]
    assert asked("19045", RESTORE) == ["os_version_unsupported"]


def test_the_required_build_is_named_with_its_update() -> None:
    (finding,) = found(RULE, device(os_version="10.0.26100.4945"), capability=BACKUP)
    assert (finding.observed, finding.required) == ("26100.4945", "26100.4946 (KB5063878)")
