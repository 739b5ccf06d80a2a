"""A release out of servicing is a warning, and a blocker where the operator is strict."""

from collections.abc import Iterator

from shared.domain.builds import parse
from shared.domain.editions.sources import INTUNE_PAGE, LIFECYCLE
from shared.domain.fixes import UPGRADE_WINDOWS
from shared.domain.rule import CAPABILITIES, Case, Finding, Reason, Rule, find

SAYS = "{observed} no longer receives updates; needed is {required}."

OUT = Reason(
    code="os_out_of_servicing",
    kind="warning",
    affects="verdict",
    says=SAYS,
    fix=UPGRADE_WINDOWS,
)
OUT_STRICTLY = Reason(
    code="os_out_of_servicing",
    kind="blocker",
    affects="verdict",
    says=SAYS,
    fix=UPGRADE_WINDOWS,
)


def _check(case: Case) -> Iterator[Finding]:
    build = parse(case.facts.os_version)
    if build is None:
        return
    release = next((end for end in case.edition.servicing if end.branch == build.branch), None)
    if release is None:
        return
    sku = case.facts.sku_number
    channel = case.edition.skus.channel(sku) if isinstance(sku, int) else None
    last_day = release.last_day(channel)
    if case.as_of > last_day:
        yield find(
            OUT_STRICTLY if case.strict_servicing else OUT,
            f"{release.release}, serviced until {last_day}",
            "a release that is in servicing",
        )


RULE = Rule(
    id="servicing",
    order=60,
    title="The Windows release is in servicing",
    rationale="The Intune page asks for a supported version of Windows and lists releases that are "
    "not, so its list is the gate and the end of servicing a warning. The setting STRICT_SERVICING "
    "makes it a blocker. An edition that is not known counts as out only when every edition of the "
    "release is.",
    remediation="Upgrade to a Windows 11 release that still receives updates.",
    capabilities=CAPABILITIES,
    reasons=(OUT, OUT_STRICTLY),
    reads=("os_version", "sku_number"),
    sources=(LIFECYCLE, INTUNE_PAGE),
    check=_check,
)
