"""Digests as hypothesis thinks of them: any names, in any script, as many as it likes."""

from typing import get_args

from hypothesis import strategies as st

from shared.domain.digest import DigestKind, DigestView, Line, Notice, Severity
from shared.domain.history import Change
from shared.report.vocabulary import fix_of_blocker
from tests.report.render.digests import digest, group, line, readiness, storm, tenant_change

SNIPPETS = ["😀" * 90, "م" * 90, "财" * 300, "\\*" * 200, '"' * 400, "\u202e\x00", "<b>&", "=1", ""]
TEXTS = st.one_of(st.text(max_size=30), st.sampled_from(SNIPPETS))
MAYBE = st.none() | TEXTS
COUNTS = st.integers(1, 10_000)


@st.composite
def views(draw: st.DrawFn) -> DigestView:
    """Think of a digest with every part it may have."""
    known = sorted(fix_of_blocker())
    reasons = draw(st.lists(st.sampled_from([*known, "gone_rule"]), max_size=25))
    groups = tuple(group(told := _told(draw, r), len(told) + draw(COUNTS)) for r in reasons)
    devices = max((g.devices for g in groups), default=0)
    notices = st.builds(Notice, TEXTS, TEXTS, MAYBE, st.booleans(), MAYBE)
    changes = st.builds(lambda name: tenant_change(name=name), TEXTS)
    whole = digest(
        draw(st.sampled_from(get_args(DigestKind))),
        readiness=readiness(10_000),
        devices=devices,
        groups=groups,
        storm=draw(st.none() | st.builds(lambda c: storm(causes=tuple(c)), st.lists(TEXTS))),
        tenant=tuple(draw(st.lists(changes, max_size=12))),
        notices=tuple(draw(st.lists(notices, max_size=12))),
    )
    return DigestView(whole, devices, groups, tuple(e for g in groups for e in g.examples))


def _told(draw: st.DrawFn, reason: str) -> list[Line]:
    change = draw(st.sampled_from(get_args(Change)))
    severity = draw(st.sampled_from(get_args(Severity)))
    texts = draw(st.lists(st.tuples(TEXTS, MAYBE, MAYBE), min_size=1, max_size=10))
    return [
        line(device=d, name=n, model=m, user_name=m, reason=reason, change=change)
        if severity == "high"
        else line(device=d, name=n, model=m, reason=reason, change=change, severity=severity)
        for d, n, m in texts
    ]
