import pytest
from msgspec import UNSET

from shared.domain.facts import Text
from shared.rules.platform import RULE
from tests.builders import codes, device, found, judged


@pytest.mark.parametrize("system", ["Windows", "windows", "WINDOWS"])
def test_windows_passes_in_any_letters(system: str) -> None:
    assert found(RULE, device(operating_system=system)) == ()


@pytest.mark.parametrize("system", ["iOS", "Windows Server", "macOS", "Windows Phone"])
def test_another_platform_is_blocked(system: str) -> None:
    (finding,) = found(RULE, device(operating_system=system))
    assert (finding.reason, finding.observed) == ("platform_not_windows", system)


@pytest.mark.parametrize("sku", [7, 8])
def test_a_server_is_told_by_its_sku(sku: int) -> None:
    assert codes(found(RULE, device(sku_number=sku))) == ["platform_not_windows"]


def test_a_platform_that_was_not_read_is_unknown() -> None:
    assert codes(found(RULE, device(operating_system=UNSET))) == ["unknown_platform"]


@pytest.mark.parametrize("system", [None, ""])
def test_a_platform_that_came_back_empty_is_not_windows(system: Text) -> None:
    (finding,) = found(RULE, device(operating_system=system))
    assert finding.reason == "platform_not_windows"
    assert finding.observed == "an operating system that Intune does not name"


def test_another_platform_is_the_whole_answer() -> None:
    assessment = judged(device(operating_system="iOS", os_version="26.1", has_user=False))
    for judgement in (assessment.backup, assessment.restore, assessment.first_sign_in_restore):
        assert codes(judgement.findings) == ["platform_not_windows"]


def test_an_unknown_platform_leaves_the_word_to_the_other_rules() -> None:
    backup = judged(device(operating_system=UNSET, has_user=False)).backup
    assert codes(backup.findings) == ["unknown_platform", "shared_or_userless"]
