"""Ask all gates about a change, and let named ones be passed."""

from collections.abc import Collection
from datetime import datetime

from msgspec import structs

from shared.domain.gate_checks import CHECKS
from shared.domain.gates import (
    GATES,
    IMPASSABLE,
    GateAnswer,
    GateName,
    GateTerms,
    Observed,
    Question,
)

READINESS: frozenset[GateName] = frozenset(
    {"cloud", "last_sweep", "eligible_share", "backup_reach", "quality_updates", "no_storm"}
)
"""Gates that ask whether restore would work; switching it off has to stay possible without."""


def gate_answers(
    terms: GateTerms, observed: Observed, question: Question, now: datetime
) -> tuple[GateAnswer, ...]:
    """Answer for every gate, in the order of GATES; what is not known never holds."""
    return tuple(_answer(gate, terms, observed, question, now) for gate in GATES)


def passed(answers: tuple[GateAnswer, ...], gates: Collection[GateName]) -> tuple[GateAnswer, ...]:
    """Mark the failing gates that somebody passes by name, save for those that nobody can."""
    return tuple(
        structs.replace(answer, passed=True)
        if answer.state == "fails" and answer.gate in gates and answer.gate not in IMPASSABLE
        else answer
        for answer in answers
    )


def _answer(
    gate: GateName, terms: GateTerms, observed: Observed, question: Question, now: datetime
) -> GateAnswer:
    look = CHECKS[gate](terms, observed, now)
    if look is None:
        return GateAnswer(gate, "off", "The settings have this gate turned off.")
    beside = _why_not_asked(gate, question)
    if beside is not None:
        return GateAnswer(gate, "not_asked", beside, look.observed, look.required)
    if look.holds:
        return GateAnswer(gate, "holds", look.says, look.observed, look.required)
    return GateAnswer(gate, "fails", look.says, look.observed, look.required, look.do)


def _why_not_asked(gate: GateName, question: Question) -> str | None:
    """Say why a gate does not bear on a change; None where it does."""
    if gate in READINESS and question.after != "enabled":
        return "This is asked only before the restore page is switched on."
    if gate == "cool_down" and question.back:
        return "The way back to the former value does not wait for the cool-down."
    return None
