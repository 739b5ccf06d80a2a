"""What there is to tell of the tenant: changes, and findings that came or went."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from hashlib import blake2b

import msgspec
from msgspec import Struct

from shared.domain.digest import Notice
from shared.domain.feed import TenantChange, WatchedKind
from shared.domain.telling import TellingState
from shared.report.health import DRIFT_SHOWN
from shared.report.tenant_findings import TenantFinding


class Source(Struct, frozen=True):
    """Where findings come from: a list of the tenant, and what of it is watched between sweeps."""

    list: str
    watched: WatchedKind | None = None


SOURCES = {
    "restore_setting_": Source("restore_setting", "restore_setting"),
    "backup_policy_": Source("configuration_policies", "backup_policy"),
    "first_sign_in_policy_": Source("configuration_policies", "first_sign_in_policy"),
    "companion_policy_": Source("configuration_policies"),
    "esp_": Source("status_pages", "status_page"),
    "conditional_access_": Source("access_policies"),
    "cloud_": Source("cloud"),
}
"""By how the codes of findings begin."""


class TenantNews(Struct, frozen=True):
    """What is new of the tenant, and the changes and findings that have been told with it."""

    changes: tuple[TenantChange, ...]
    notices: tuple[Notice, ...]
    told: tuple[str, ...]
    findings: dict[str, str]


def tell_tenant(
    now: datetime,
    state: TellingState,
    changes: Sequence[TenantChange],
    findings: Iterable[TenantFinding],
) -> TenantNews:
    """Compare recorded changes, and the findings of the last sweep, with what was told of them.

    A change that is ours is told by whoever tells of our own. A finding that came or went with a
    change that is told itself is not told besides. One that could not be looked for has not gone.
    """
    explained = {change.kind for change in changes if now - change.seen <= DRIFT_SHOWN}
    if state.told is None:
        explained.clear()
    found = {finding.code: finding for finding in findings}
    came = [finding for code, finding in found.items() if code not in state.findings]
    missing = {code: title for code, title in state.findings.items() if code not in found}
    unread = {code: title for code, title in missing.items() if _is_unread(code, found)}
    went = {code: title for code, title in missing.items() if code not in unread}
    return TenantNews(
        changes=tuple(
            sorted(
                (
                    change
                    for change in changes
                    if change.ours is None and change_key(change) not in state.tenant_told
                ),
                key=lambda change: change.seen,
            )
        ),
        notices=(
            *(Notice(f.title, f.detail, f.fix) for f in came if not _tells(explained, f.code)),
            *(
                Notice(title, "The last sweep found this no more.", good=True)
                for code, title in went.items()
                if not _tells(explained, code)
            ),
        ),
        told=tuple(map(change_key, changes)),
        findings={code: finding.title for code, finding in found.items()} | unread,
    )


def change_key(change: TenantChange) -> str:
    """Name a change by what changed, and not by who saw it when."""
    what = (change.kind, change.id, change.old, change.new, change.last_known)
    encoded = msgspec.json.encode(what, order="deterministic")
    return blake2b(encoded, digest_size=8).hexdigest()


def _source(code: str) -> Source | None:
    return next((source for begins, source in SOURCES.items() if code.startswith(begins)), None)


def _is_unread(code: str, found: Collection[str]) -> bool:
    source = _source(code)
    return source is not None and f"unread_{source.list}" in found


def _tells(kinds: Collection[WatchedKind], code: str) -> bool:
    """Tell whether changes of these kinds say what a finding would say."""
    source = _source(code)
    return source is not None and source.watched in kinds
