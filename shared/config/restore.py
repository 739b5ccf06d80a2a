"""The settings by which the restore setting is changed, and by which callers are let in."""

import re
from datetime import timedelta

from shared.config.reader import HOUR, OFF, Reader
from shared.domain.change_window import ChangeWindow, read_window
from shared.domain.gates import GateTerms
from shared.domain.principal import APPROVE
from shared.domain.restore_terms import RestoreTerms

AUDIENCE = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(api|https)://[^\s/]\S*")
"""A client id, or an application ID URI: what Entra writes as the audience of a token."""


def read_restore_terms(read: Reader) -> RestoreTerms:
    """Read on which terms the setting is changed; each gate can be off."""
    return RestoreTerms(
        approvals=read.number("RESTORE_APPROVALS", 1, least=0, most=2),
        approver_roles=_approver_roles(read),
        plan_holds=read.number("RESTORE_PLAN_HOURS", 24, most=168) * HOUR,
        gates=GateTerms(
            cloud=read.switch("RESTORE_GATE_CLOUD", "on"),
            last_sweep=_hours(read, "RESTORE_GATE_SWEEP_HOURS", 36, most=168),
            eligible_share=_share(read, "RESTORE_GATE_ELIGIBLE_PERCENT", 50),
            backup_reach=_share(read, "RESTORE_GATE_BACKUP_PERCENT", 50),
            quality_updates=read.switch("RESTORE_GATE_QUALITY_UPDATES", "on"),
            change_window=_window(read),
            cool_down=_hours(read, "RESTORE_GATE_COOL_DOWN_HOURS", 24, most=720),
            no_storm=read.switch("RESTORE_GATE_NO_STORM", "on"),
        ),
    )


def read_audiences(read: Reader) -> tuple[str, ...]:
    """Read what the tokens of callers are issued for; without any, the API is off."""
    audiences = read.listed("API_AUDIENCE")
    for audience in audiences:
        if not AUDIENCE.fullmatch(audience):
            read.wrong.append(
                f"API_AUDIENCE holds {audience!r}, and must list client ids or application ID URIs,"
                " such as api://windows-backup-readiness"
            )
    return audiences


def read_write_identity(read: Reader) -> str | None:
    """Read the client id of the identity that writes, which is never the one that reads."""
    writer = read.text("RESTORE_CLIENT_ID")
    reader = read.text("AZURE_CLIENT_ID")
    if writer is not None and reader is not None and writer.lower() == reader.lower():
        read.wrong.append(
            "RESTORE_CLIENT_ID is that of AZURE_CLIENT_ID, and must be another identity: whoever"
            " reads must not be able to write"
        )
    return writer


def read_audit_container(read: Reader, container: str) -> str:
    """Read where the audit lies: apart from the rest, so that it alone is kept immutable."""
    audit = read.text("AUDIT_CONTAINER", "readiness-audit") or ""
    if audit.lower() == container.lower():
        read.wrong.append(
            f"AUDIT_CONTAINER is {audit!r}, and must be another container than READINESS_CONTAINER"
        )
    return audit


def _approver_roles(read: Reader) -> tuple[str, ...]:
    if read.text("RESTORE_APPROVER_ROLES") is None:
        return (APPROVE,)
    roles = read.listed("RESTORE_APPROVER_ROLES")
    if not roles:
        read.wrong.append(f"RESTORE_APPROVER_ROLES names no role, such as {APPROVE}")
    return roles


def _hours(read: Reader, name: str, default: int, *, most: int) -> timedelta | None:
    hours = read.number_or_off(name, default, most=most)
    return None if hours is None else hours * HOUR


def _share(read: Reader, name: str, default: int) -> float | None:
    percent = read.number_or_off(name, default, most=100)
    return None if percent is None else percent / 100


def _window(read: Reader) -> ChangeWindow | None:
    text = read.text("RESTORE_GATE_WINDOW", OFF) or OFF
    if text.lower() == OFF:
        return None
    try:
        return read_window(text)
    except ValueError as error:
        read.wrong.append(f"RESTORE_GATE_WINDOW {error}; or off")
        return None
