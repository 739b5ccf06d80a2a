"""Changes of the restore setting show in the health report when something is wrong with them."""

from shared.domain.ledger import Ledger
from shared.domain.restore_change import Applying, Approved, Uncertain
from shared.report.health import Check
from shared.report.restore_health import restore_checks, write_identity
from tests.restore_builders import ANNA, BEN, HOUR, NOON, planned, told

BEGUN = told((ANNA, planned()), (BEN, Approved("c1")), (ANNA, Applying("c1")))
HANGING = told(
    (ANNA, planned()), (BEN, Approved("c1")), (ANNA, Applying("c1")), (None, Uncertain("c1", "cut"))
)


def checks(ledger: Ledger | None, wrong: str | None = None, late: float = 0) -> dict[str, Check]:
    found = restore_checks(NOON + late * HOUR, ledger, wrong)
    return {check.name: check for check in found}


def test_where_no_change_is_under_way_nothing_is_said() -> None:
    assert checks(Ledger()) == {}
    assert checks(told((ANNA, planned())), late=48) == {}


def test_a_change_is_under_way_for_an_hour_before_somebody_has_to_look() -> None:
    for ledger in (BEGUN, HANGING):
        early = checks(ledger, late=1)["restore_change"]
        assert (early.state, early.settled, early.since, early.do) == ("ok", False, NOON, None)
        late = checks(ledger, late=1.01)["restore_change"]
        assert (late.state, late.since) == ("attention", NOON)
        assert "poison list restore-changes" in (late.do or "")


def test_an_audit_that_does_not_add_up_fails_and_leaves_open_what_it_hides() -> None:
    found = checks(None, "record 7 names another hash")
    assert found["audit"].state == "failing"
    assert "record 7 names another hash" in found["audit"].says
    assert "python -m local audit verify" in (found["audit"].do or "")
    assert (found["restore_change"].state, found["restore_change"].settled) == ("ok", False)


def test_an_identity_that_lacks_something_needs_attention_and_the_commands() -> None:
    lacking = write_identity("no", "no", "oid-1", ())
    assert lacking.state == "attention"
    assert "lacks the permission to write and the role Intune Administrator" in lacking.says
    assert "python -m local preflight" in (lacking.do or "")

    role = write_identity("unknown", "no", "oid-1", ())
    assert "lacks the role Intune Administrator, so" in role.says


def test_an_identity_of_which_nothing_is_known_is_not_yet_well() -> None:
    unknown = write_identity("yes", "unknown", None, ("Roles may not be read.",))
    assert (unknown.state, unknown.settled) == ("ok", False)
    assert "is not known: Roles may not be read." in unknown.says

    fit = write_identity("yes", "yes", None, ())
    assert (fit.state, fit.settled) == ("ok", True)
