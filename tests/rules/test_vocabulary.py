import re
from pathlib import Path

import pytest

from shared.domain.rule import Kind
from shared.rules import all_rules

FACTS = Path(__file__).parents[3] / "shared" / "facts" / "windows-backup.md"
COLUMNS: tuple[tuple[int, Kind], ...] = ((2, "blocker"), (3, "unknown"), (4, "warning"))
RENAMED = {"vm_and_phishing_resistant_mfa": "virtual_machine"}


def rule_id(name: str) -> str:
    plain = re.sub(r"\(.*?\)", "", name).strip().lower()
    words = re.sub(r"[ -]", "_", plain)
    return RENAMED.get(words, words)


def documented() -> dict[tuple[str, Kind], set[str]]:
    section = FACTS.read_text(encoding="utf-8").split("\n## 2.")[1].split("\n## 3.")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return {
        (rule_id(row[0]), kind): set(re.findall(r"`(\w+)`", row[column]))
        for row in rows[2:]
        for column, kind in COLUMNS
    }


@pytest.mark.skipif(not FACTS.exists(), reason="the shared facts are not beside this repository")
def test_each_rule_has_exactly_the_reason_codes_that_the_facts_give_it() -> None:
    ours = {
        (rule.id, kind): {reason.code for reason in rule.reasons if reason.kind == kind}
        for rule in all_rules()
        for _, kind in COLUMNS
    }
    assert ours == documented()
