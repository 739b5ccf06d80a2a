"""Each capability asks for a lowest build, compared within its branch only."""

from collections.abc import Iterator

from shared.domain.builds import Build, parse
from shared.domain.editions.sources import INTUNE_PAGE, RELEASES, WINDOWS_PAGE
from shared.domain.editions.tables import Minimum
from shared.domain.fixes import CHECK_IN, UPDATE_WINDOWS, UPGRADE_WINDOWS
from shared.domain.rule import CAPABILITIES, Case, Finding, Fix, Reason, Rule, find

LEAVE_INSIDER = Fix(
    id="leave_insider",
    title="Return to a released Windows",
    steps="Take the device out of the Windows Insider Program, and install a released version of "
    "Windows 11, 24H2 or later.",
)

TOO_OLD = Reason(
    code="os_build_too_old",
    kind="blocker",
    affects="verdict",
    says="The device is on build {observed}; needed is {required} or later.",
    fix=UPDATE_WINDOWS,
)
UNSUPPORTED = Reason(
    code="os_version_unsupported",
    kind="blocker",
    affects="verdict",
    says="The Windows release of build {observed} is not supported; needed is {required}.",
    fix=UPGRADE_WINDOWS,
)
UNKNOWN = Reason(
    code="unknown_os_build",
    kind="unknown",
    affects="verdict",
    says="The build of Windows is not known (osVersion: {observed}); needed is {required}.",
    fix=CHECK_IN,
)
UNLISTED = Reason(
    code="os_branch_unlisted",
    kind="unknown",
    affects="verdict",
    says="Build {observed} belongs to a branch that Microsoft does not list, such as an Insider "
    "one; needed is {required}.",
    fix=LEAVE_INSIDER,
)
NEWER = Reason(
    code="newer_branch_not_listed",
    kind="warning",
    affects="verdict",
    says="Build {observed} is of a release newer than Microsoft's list, which says or later.",
)
CONFLICT_24H2 = Reason(
    code="doc_conflict_24h2_restore_min",
    kind="warning",
    affects="verdict",
    says="Build {observed} satisfies the Intune page (26100.1301), and not the Windows page "
    "(26100.4770): an update removes the doubt.",
    fix=UPDATE_WINDOWS,
)
DISCREPANCY_WIN10 = Reason(
    code="doc_discrepancy_win10_build",
    kind="warning",
    affects="verdict",
    says="Microsoft's pages disagree about build {observed}: the Intune page prints 19044.6216 for "
    "Windows 10 22H2, the Windows page 19045.6216.",
)
CAUTIONS = {reason.code: reason for reason in (NEWER, CONFLICT_24H2, DISCREPANCY_WIN10)}


def _check(case: Case) -> Iterator[Finding]:
    table = case.edition.minimums(case.capability)
    build = parse(case.facts.os_version)
    if build is None:
        yield find(UNKNOWN, case.facts.os_version, table.oldest)
        return
    row = table.row(build.branch)
    if row is None:
        outdated = build.branch < table.unsupported_below
        yield find(UNSUPPORTED if outdated else UNLISTED, build, table.oldest)
        return
    yield from _compared(build, row)
    for caution in row.cautions:
        if caution.holds(build.ubr):
            yield find(CAUTIONS[caution.code], build)


def _compared(build: Build, row: Minimum) -> Iterator[Finding]:
    if row.min_ubr is None:
        return
    if build.ubr is None:
        yield find(UNKNOWN, f"{build} without a revision", row)
    elif build.ubr < row.min_ubr:
        yield find(TOO_OLD, build, row)


RULE = Rule(
    id="os_build",
    order=50,
    title="Windows is new enough",
    rationale="Each capability came to each release with an update of its own, so each has a table "
    "of lowest builds. Revisions compare within a branch only: 22631.5768 is not older than "
    "26100.2033 in any useful sense. The minimums of restore lie below those of backup.",
    remediation="Install the latest cumulative update; below the oldest supported release, upgrade "
    "to Windows 11 24H2 or later.",
    capabilities=CAPABILITIES,
    reasons=(TOO_OLD, UNSUPPORTED, UNKNOWN, UNLISTED, NEWER, CONFLICT_24H2, DISCREPANCY_WIN10),
    reads=("os_version",),
    sources=(INTUNE_PAGE, WINDOWS_PAGE, RELEASES),
    check=_check,
)
