"""Conditions on what a caller has seen (If-Match)."""

from shared.domain.restore_change import Change
from shared.domain.restore_value import etag_of
from shared.domain.tenant import RestoreSetting
from shared.errors import StaleError


def check_unchanged(change: Change, if_match: str | None) -> None:
    """Raise StaleError unless the change still is what the caller saw; None asks nothing."""
    if if_match is not None and if_match != change.etag:
        raise StaleError(
            f"the change {change.id} is no longer what you saw: it is {change.state} now; read it"
            " again, and decide again"
        )


def check_setting_unchanged(setting: RestoreSetting, if_match: str | None) -> None:
    """Raise StaleError unless the setting still is what the caller saw; None asks nothing."""
    if if_match is not None and if_match != etag_of(setting):
        raise StaleError(
            f"the restore setting is no longer what you saw: it is {setting.state}, last modified"
            f" {setting.last_modified}; read it again, and decide again"
        )
