from pathlib import Path

import pytest

from local import rules_page
from shared.domain.editions import EDITIONS
from shared.rules import all_rules


def test_the_rules_page_is_the_one_that_the_rules_write_today() -> None:
    written = rules_page.PAGE.read_text(encoding="utf-8")
    assert written == rules_page.render(), "run python -m local rules to write it anew"


def test_the_rules_page_names_every_rule_reason_and_edition() -> None:
    page = rules_page.render()
    for rule in all_rules():
        assert f"## {rule.title}" in page
        assert all(f"`{reason.code}`" in page for reason in rule.reasons)
    assert all(f"## Edition {edition}" in page for edition in EDITIONS)


def test_checking_fails_until_the_page_is_written_and_writes_nothing_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "README.md"
    monkeypatch.setattr(rules_page, "PAGE", page)
    assert rules_page.main(["--check"]) == 1
    assert "python -m local rules" in capsys.readouterr().err
    assert not page.exists()
    assert rules_page.main([]) == 0
    assert rules_page.main(["--check"]) == 0
    assert b"\r" not in page.read_bytes()
