from msgspec import UNSET

from shared.rules.backup_profile import RULE
from tests.builders import codes, device, found


def test_a_user_with_a_backup_passes() -> None:
    assert found(RULE, device(has_backup_profile=True)) == ()


def test_a_user_without_a_backup_is_not_ready() -> None:
    (finding,) = found(RULE, device(has_backup_profile=False))
    assert (finding.reason, finding.affects) == ("no_backup_profile", "ready")


def test_a_backup_that_nobody_imported_is_unknown() -> None:
    assert codes(found(RULE, device(has_backup_profile=UNSET))) == ["unknown_backup_profile"]


def test_backing_up_asks_for_no_backup() -> None:
    assert RULE.capabilities == ("restore", "first_sign_in_restore")
