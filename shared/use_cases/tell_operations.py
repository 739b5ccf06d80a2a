"""What there is to tell of the product itself: once when it begins, and once when it is over."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from hashlib import blake2b

from msgspec import Struct

from shared.domain.delivery import Delivery
from shared.domain.digest import Notice
from shared.domain.exemption import Exemption, expiring
from shared.domain.telling import TellingState
from shared.messages import NOTIFICATIONS
from shared.report.health import Check
from shared.report.vocabulary import fix_of_blocker
from shared.use_cases.situation import Situation

SUBJECTS = {
    "snapshot": "The last complete sweep",
    "sweep": "The last sweep",
    "polls": "Polls for changes",
    "entra": "Changes in Entra",
    "delta_link": "The link to Entra's changes",
    "restore_change": "A change of the restore setting",
    "audit": "The audit",
    "write_identity": "The write identity",
}
"""The checks that are told, as people are told of them; those of poison besides."""

HEALS_BY_ITSELF = frozenset({"snapshot"})
"""Checks that are told when they fail, and not when they only ask for attention."""

POISON = "poison:"
CHANNEL = "Messages to the channel "
"""How the subjects of deliveries begin. The end of trouble is not told there: nobody can know of it
before something has been sent, and telling it is just that."""

MOST_LINES_NAMED = 5


class Concern(Struct, frozen=True):
    """Something that is not well. It is told again when its mark is another, or more `count`."""

    notice: Notice
    mark: str
    count: int = 0

    @property
    def state(self) -> str:
        """What is remembered of it once it was told."""
        return f"{self.mark} {self.count}"

    def is_news(self, told: str | None) -> bool:
        """Tell whether more is wrong than was told."""
        mark, _, count = (told or " 0").rpartition(" ")
        return mark != self.mark or self.count > int(count)


class OperationsNews(Struct, frozen=True):
    """What is new of the product itself, and what has been told with it."""

    notices: tuple[Notice, ...]
    told: dict[str, str]
    announced: tuple[str, ...]


def tell_operations(
    now: datetime, state: TellingState, grace: Collection[str], of: Situation
) -> OperationsNews:
    """Compare what is not well with what was told of it; `grace` are the reasons that have one."""
    concerns = {concern.notice.subject: concern for concern in _concerns(grace, of)}
    checks = {_subject(check): check for check in of.health.checks if _is_told(check)}
    open_still = {
        subject: told
        for subject, told in state.notices.items()
        if subject in checks and not checks[subject].settled
    }
    over = [
        subject
        for subject in state.notices
        if subject not in concerns and subject not in open_still
    ]
    ending = expiring(of.exemptions, now.astimezone(UTC).date())
    return OperationsNews(
        notices=(
            *(c.notice for s, c in concerns.items() if c.is_news(state.notices.get(s))),
            *(_ending(e) for e in ending if e.id not in state.exemptions_announced),
            *(_over(s, checks.get(s)) for s in over if not s.startswith(CHANNEL)),
        ),
        told=open_still | {subject: concern.state for subject, concern in concerns.items()},
        announced=tuple(exemption.id for exemption in ending),
    )


def _concerns(grace: Collection[str], of: Situation) -> Iterator[Concern]:
    for check in of.health.checks:
        if _is_told(check) and _is_grave(check):
            yield _of_check(check)
    yield from _failures(of.failures)
    if of.routes_wrong is not None:
        yield Concern(
            Notice(
                "The routes",
                f"They cannot be used, so the channels of the settings are: {of.routes_wrong}",
                "Correct them (python -m local routes check), and put them in force.",
            ),
            _mark(of.routes_wrong),
        )
    if of.exemptions_wrong:
        yield _exemptions(of.exemptions_wrong)
    if unknown := sorted(set(grace) - fix_of_blocker().keys()):
        yield Concern(
            Notice(
                "The setting NOTIFY_GRACE_HOURS",
                f"It names what is no reason: {', '.join(unknown)}.",
                "Take the reasons' codes from shared/rules/README.md.",
            ),
            _mark(*unknown),
        )


def _of_check(check: Check) -> Concern:
    notice = Notice(_subject(check), check.says, check.do)
    # What is given up there has been told as a failure of its channel.
    grows = check.name != POISON + NOTIFICATIONS
    return Concern(notice, check.state, check.count if grows else 0)


def _failures(failures: Iterable[Delivery]) -> Iterator[Concern]:
    """Tell of a channel once and not of each message, which would go astray there as well."""
    by_channel = {failure.channel: failure for failure in failures}
    for channel, last in by_channel.items():
        notice = Notice(f"{CHANNEL}{channel}", f"Digest {last.digest}: {last.wrong}")
        yield Concern(notice, "wrong")


def _exemptions(wrong: tuple[str, ...]) -> Concern:
    named = "; ".join(wrong[:MOST_LINES_NAMED])
    rest = len(wrong) - MOST_LINES_NAMED
    return Concern(
        Notice(
            "The exemptions",
            f"Some of them cannot be read, and do not hold: {named}"
            + (f"; and {rest} more" if rest > 0 else ""),
            "Correct them (python -m local exempt list).",
        ),
        _mark(*wrong),
    )


def _mark(*texts: str) -> str:
    return blake2b("\n".join(texts).encode(), digest_size=8).hexdigest()


def _ending(exemption: Exemption) -> Notice:
    scope = ", ".join(f"{field} {value}" for field, value in exemption.scopes().items())
    return Notice(
        f"Exemption {exemption.id} ends after {exemption.expires}",
        f"{scope} was exempt from {exemption.reason_code or 'every reason'} by {exemption.owner}:"
        f" {exemption.why}",
        "Let it end, and what still stands is told; or add another (python -m local exempt add).",
    )


def _over(subject: str, check: Check | None) -> Notice:
    says = (
        check.says if check is not None and not _is_grave(check) else "Nothing is wrong any more."
    )
    return Notice(subject, says, good=True)


def _is_told(check: Check) -> bool:
    return check.name in SUBJECTS or check.name.startswith(POISON)


def _is_grave(check: Check) -> bool:
    if check.state == "attention":
        return check.name not in HEALS_BY_ITSELF
    return check.state == "failing"


def _subject(check: Check) -> str:
    if check.name.startswith(POISON):
        return f"The queue {check.name.removeprefix(POISON)}"
    return SUBJECTS[check.name]
