"""Look-ups over the reasons of all rules."""

from itertools import groupby

from shared.report.vocabulary import blockers_by_unknown, fix_of_blocker, fixes
from shared.rules import all_rules, reasons


def test_every_blocker_has_an_entry_and_nothing_else_has() -> None:
    assert set(fix_of_blocker()) == {code for code, kind in reasons() if kind == "blocker"}


def test_a_blocker_belongs_to_one_rule_and_so_has_one_fix() -> None:
    codes = [r.code for rule in all_rules() for r in rule.reasons if r.kind == "blocker"]

    assert len(codes) == len(set(codes))


def test_one_id_is_one_fix_however_many_reasons_share_it() -> None:
    shared = sorted((r.fix for r in reasons().values() if r.fix), key=lambda fix: fix.id)

    for fix_id, same in groupby(shared, key=lambda fix: fix.id):
        assert set(same) == {fixes()[fix_id]}


def test_a_fix_is_found_by_the_id_that_unlock_analysis_gives() -> None:
    for fix in fix_of_blocker().values():
        assert fix is None or fixes()[fix.id] == fix


def test_an_unknown_stands_for_the_blockers_of_its_own_rule() -> None:
    assert blockers_by_unknown()["unknown_join_type"] == ("join_type_unsupported",)
    assert set(blockers_by_unknown()) == {code for code, kind in reasons() if kind == "unknown"}
