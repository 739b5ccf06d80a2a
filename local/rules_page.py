"""Writes shared/rules/README.md, the readable reference of the rules and editions."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import shared.rules
from shared.domain.editions import DEFAULT_EDITION, EDITIONS, Edition
from shared.domain.editions.tables import Minimums, Threshold
from shared.domain.rule import CAPABILITIES, Reason, Rule
from shared.domain.source import Source
from shared.rules import all_rules

PAGE = Path(shared.rules.__file__).with_name("README.md")

HEAD = """\
# The rules

This page is written by `python -m local rules`; change the rules and not the page.

Each rule is one file in this folder. It speaks of one or more of the capabilities `backup`,
`restore` (during out-of-box setup) and `first_sign_in_restore`. A blocker or an unknown affects the
device's *verdict*, or only whether it is *ready*. A fact that was not read is unknown and never a
pass."""


def main(argv: list[str]) -> int:
    """Write the page, or with `--check` only say whether it is current; return an exit status."""
    parser = argparse.ArgumentParser(prog="python -m local rules", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when it is stale")
    if not parser.parse_args(argv).check:
        PAGE.write_text(render(), encoding="utf-8", newline="\n")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == render():
        return 0
    print(f"{PAGE} is out of date: run python -m local rules", file=sys.stderr)
    return 1


def render() -> str:
    """Return the text of the page."""
    rules = (part for rule in all_rules() for part in _rule(rule))
    editions = (part for edition in EDITIONS.values() for part in _edition(edition))
    return "\n\n".join((HEAD, *rules, *editions)) + "\n"


def _rule(rule: Rule) -> Iterator[str]:
    yield f"## {rule.title}"
    yield f"Rule `{rule.id}`, of {_codes(rule.capabilities)}." + (
        " Where it blocks, it is the whole answer." if rule.decisive else ""
    )
    yield f"**Why.** {rule.rationale}"
    yield f"**How to fix.** {rule.remediation}"
    yield _table(("reason", "kind", "affects", "says", "fix"), map(_reason, rule.reasons))
    yield f"Reads {_codes(rule.reads)}."
    yield f"Sources: {'; '.join(map(_source, rule.sources))}."


def _reason(reason: Reason) -> tuple[str, ...]:
    fix = reason.fix.title if reason.fix else ""
    says = reason.says.replace("{observed}", "*observed*").replace("{required}", "*required*")
    return (f"`{reason.code}`", reason.kind, reason.affects, says, fix)


def _edition(edition: Edition) -> Iterator[str]:
    default = " (default)" if edition.id == DEFAULT_EDITION else ""
    yield f"## Edition {edition.id}{default}"
    yield f"After {_source(edition.source)}."
    for capability in CAPABILITIES:
        yield f"### Lowest builds: `{capability}`"
        yield from _minimums(edition.minimums(capability))
    yield "### Quality updates during setup"
    yield "Below these builds, restore needs them:"
    yield _thresholds(edition.quality_updates_required_below)
    yield "Below these builds, restore at first sign-in is the better for them:"
    yield _thresholds(edition.quality_updates_recommended_below)
    yield "### Pre-provisioning and the default of backup"
    yield _defaults(edition)
    yield "### Last day in servicing"
    yield _servicing(edition)
    yield "### Windows editions (SKU)"
    yield from _skus(edition)


def _minimums(table: Minimums) -> Iterator[str]:
    rows = (
        (
            row.release,
            f"{row.branch}, any build" if row.min_ubr is None else str(row),
            _codes(caution.code for caution in row.cautions),
            _source(row.source),
        )
        for row in table.rows
    )
    yield _table(("release", "lowest build", "may warn", "source"), rows)
    yield (
        f"Any other branch below {table.unsupported_below} is unsupported ({table.oldest} is "
        "needed), and any other branch above it unlisted."
    )


def _thresholds(thresholds: Iterable[Threshold]) -> str:
    rows = ((f"{t.branch}.{t.ubr}", t.month, _source(t.source)) for t in thresholds)
    return _table(("build", "month", "source"), rows)


def _defaults(edition: Edition) -> str:
    pre_provisioning, backup = edition.pre_provisioning, edition.backup_default
    excluded = pre_provisioning.excluded.replace("_", " ")
    off = ", ".join(map(str, backup.off_in))
    rows = (
        ("pre-provisioning excludes", f"the {excluded}", _source(pre_provisioning.source)),
        (
            "backup is on by default",
            f"in {backup.on_in} outside {backup.except_region} regions; off below it and in {off}",
            _source(backup.source),
        ),
    )
    return _table(("question", "answer", "source"), rows)


def _servicing(edition: Edition) -> str:
    rows = (
        (
            f"{end.release} ({end.branch})",
            *(str(day or "") for day in (end.home_pro, end.enterprise_education, end.ltsc)),
            _source(end.source),
        )
        for end in edition.servicing
    )
    return _table(("release", "Home, Pro", "Enterprise, Education", "LTSC", "source"), rows)


def _skus(edition: Edition) -> Iterator[str]:
    skus = edition.skus
    blocked = ((str(sku.number), sku.family, _source(sku.source)) for sku in skus.blocked)
    yield _table(("excluded SKU", "family", "source"), blocked)
    kinds = (
        ("Home, Pro", skus.home_pro),
        ("Enterprise, Education", skus.enterprise_education),
        ("LTSC", skus.ltsc),
        ("Server", skus.server),
        ("multi-session", skus.multi_session),
    )
    source = _source(skus.source)
    rows = ((kind, ", ".join(map(str, numbers)), source) for kind, numbers in kinds)
    yield _table(("kind", "SKU numbers", "source"), rows)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (heads, ("---",) * len(heads), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _source(source: Source) -> str:
    title = f"[{source.title}]({source.url})" if source.url else source.title
    return f"{title}, {source.dated}"
