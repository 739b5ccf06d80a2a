"""What became of a watched object of the tenant, in words."""

from shared.domain.feed import TenantChange, WatchedKind
from shared.domain.rule import shown

DATES = ("last_modified",)
"""Properties that only say that something changed."""

KINDS: dict[WatchedKind, str] = {
    "restore_setting": "restore setting",
    "status_page": "enrolment status page",
    "backup_policy": "backup policy",
    "first_sign_in_policy": "first sign-in restore policy",
}


def described(change: TenantChange) -> str:
    """Say what differs from the last known object, such as `backup policy 'X' was removed`."""
    subject = f"{KINDS[change.kind]} {change.name!r}"
    if change.old is None:
        return f"{subject} appeared"
    if change.new is None:
        return f"{subject} was removed"
    return f"{subject} was changed: {'; '.join(_differences(change.old, change.new))}"


def _differences(old: dict[str, object], new: dict[str, object]) -> list[str]:
    """List the properties that differ, with both values where one word says them.

    A property that was not read once is missing there, and does not differ.
    """
    return [
        f"{name} differ"
        if isinstance(value, list | dict)
        else f"{name} is {shown(new[name])}, was {shown(value)}"
        for name, value in old.items()
        if name in new and new[name] != value and name not in DATES
    ]
