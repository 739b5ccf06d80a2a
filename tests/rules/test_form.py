import re
from pathlib import Path
from string import Formatter

import pytest

import shared.rules
from shared.domain.facts import Facts, TenantFacts
from shared.domain.rule import CAPABILITIES, Finding, Rule
from shared.rules import all_rules, reason_of, reasons, rule_of, sentence

FOLDER = Path(shared.rules.__file__).parent
FIELDS = {*Facts.__struct_fields__, *TenantFacts.__struct_fields__}
EVERY_RULE = pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)


@EVERY_RULE
def test_a_rule_keeps_to_the_form(rule: Rule) -> None:
    assert (FOLDER / f"{rule.id}.py").exists(), "the file is named for the rule"
    assert Path(__file__).with_name(f"test_{rule.id}.py").exists(), "the rule has a test file"
    for text in (rule.title, rule.rationale, rule.remediation):
        assert text == text.strip() != ""
    for text in (rule.rationale, rule.remediation):
        assert text.endswith(".")
    assert rule.sources
    assert all(source.title and source.dated for source in rule.sources)
    assert rule.capabilities
    assert set(rule.capabilities) <= set(CAPABILITIES)
    assert rule.reads
    assert set(rule.reads) <= FIELDS


@EVERY_RULE
def test_the_reasons_of_a_rule_keep_to_the_form(rule: Rule) -> None:
    assert rule.reasons
    assert len({(reason.code, reason.kind) for reason in rule.reasons}) == len(rule.reasons)
    for reason in rule.reasons:
        assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", reason.code)
        placeholders = {
            name for _, name, _, _ in Formatter().parse(reason.says) if name is not None
        }
        assert placeholders <= {"observed", "required"}
        assert reason.says.endswith(".")
        if reason.fix:
            assert re.fullmatch(r"[a-z_]+", reason.fix.id)
            assert reason.fix.title
            assert reason.fix.steps.endswith(".")


def test_every_file_of_the_folder_is_a_rule_and_they_stand_in_order() -> None:
    files = {file.stem for file in FOLDER.glob("*.py")} - {"__init__"}
    assert {rule.id for rule in all_rules()} == files
    orders = [rule.order for rule in all_rules()]
    assert orders == sorted(set(orders))


def test_no_two_rules_share_a_reason() -> None:
    assert len(reasons()) == sum(len(rule.reasons) for rule in all_rules())


def test_a_fix_is_the_same_act_wherever_it_is_named() -> None:
    fixes = {reason.fix for reason in reasons().values() if reason.fix}
    assert len({fix.id for fix in fixes}) == len(fixes)


def test_nothing_helps_only_where_the_device_or_its_cloud_is_out_of_scope() -> None:
    blockers = [reason for reason in reasons().values() if reason.kind == "blocker"]
    helpless = {reason.code for reason in blockers if reason.fix is None}
    assert helpless == {"platform_not_windows", "cloud_unsupported", "sku_unsupported"}


def test_a_finding_leads_to_its_reason_its_rule_and_a_sentence() -> None:
    finding = Finding("os_build_too_old", "blocker", "verdict", "26100.1", "26100.4946 (KB5063878)")
    assert reason_of(finding).fix is not None
    assert rule_of(finding).id == "os_build"
    assert sentence(finding) == (
        "The device is on build 26100.1; needed is 26100.4946 (KB5063878) or later."
    )
