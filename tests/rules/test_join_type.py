import pytest
from msgspec import UNSET

from shared.domain.facts import Text
from shared.domain.rule import CAPABILITIES
from shared.rules.join_type import RULE
from tests.builders import codes, device, found

PASS: list[str] = []
BLOCKED, UNKNOWN = ["join_type_unsupported"], ["unknown_join_type"]


def answers(join_type: Text, trust_type: Text) -> list[list[str]]:
    facts = device(join_type=join_type, trust_type=trust_type)
    return [codes(found(RULE, facts, capability=capability)) for capability in CAPABILITIES]


def test_an_entra_joined_device_may_do_everything() -> None:
    assert answers("azureADJoined", "AzureAd") == [PASS, PASS, PASS]


def test_a_hybrid_joined_device_may_do_everything_but_restore_at_enrolment() -> None:
    assert answers("hybridAzureADJoined", "ServerAd") == [PASS, BLOCKED, PASS]


def test_a_registered_device_may_do_nothing() -> None:
    assert answers("azureADRegistered", "Workplace") == [BLOCKED, BLOCKED, BLOCKED]


@pytest.mark.parametrize("join_type", ["unknown", "", None, UNSET, "somethingNew"])
def test_entra_decides_where_intune_does_not_say(join_type: Text) -> None:
    assert answers(join_type, "aZuReAd") == [PASS, PASS, PASS]
    assert answers(join_type, "SERVERAD") == [PASS, BLOCKED, PASS]
    assert answers(join_type, "workplace") == [BLOCKED, BLOCKED, BLOCKED]


@pytest.mark.parametrize("trust_type", ["", None, UNSET, "SomethingNew"])
def test_intune_is_enough_where_entra_does_not_say(trust_type: Text) -> None:
    assert answers("azureADJoined", trust_type) == [PASS, PASS, PASS]


def test_a_dispute_counts_only_where_the_answer_depends_on_it() -> None:
    assert answers("azureADJoined", "ServerAd") == [PASS, UNKNOWN, PASS]
    assert answers("hybridAzureADJoined", "Workplace") == [UNKNOWN, BLOCKED, UNKNOWN]
    assert answers("azureADJoined", "Workplace") == [UNKNOWN, UNKNOWN, UNKNOWN]


@pytest.mark.parametrize("join_type", ["unknown", "", None, UNSET, "somethingNew"])
@pytest.mark.parametrize("trust_type", ["", None, UNSET, "SomethingNew"])
def test_no_answer_from_either_is_unknown(join_type: Text, trust_type: Text) -> None:
    assert answers(join_type, trust_type) == [UNKNOWN, UNKNOWN, UNKNOWN]


def test_values_unknown_here_are_shown_as_they_are() -> None:
    (finding,) = found(RULE, device(join_type="somethingNew", trust_type=UNSET))
    assert finding.observed == "joinType: somethingNew, trustType: not read"
