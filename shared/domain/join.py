"""How a device is joined, by what Intune and Entra say of it."""

from typing import Literal, TypeAlias

from shared.domain.facts import Facts

Join: TypeAlias = Literal["joined", "hybrid", "registered"]

INTUNE: dict[str, Join] = {
    "azureADJoined": "joined",
    "hybridAzureADJoined": "hybrid",
    "azureADRegistered": "registered",
}
ENTRA: dict[str, Join] = {"azuread": "joined", "serverad": "hybrid", "workplace": "registered"}

WORDS: dict[Join, str] = {
    "joined": "Entra joined",
    "hybrid": "hybrid joined",
    "registered": "Entra registered",
}


def joins_of(facts: Facts) -> tuple[Join, ...]:
    """Return the join types on record: none, one, or two that contradict each other.

    Intune's joinType comes first; a value that does not answer is passed over.
    """
    intune = INTUNE.get(facts.join_type) if isinstance(facts.join_type, str) else None
    entra = ENTRA.get(facts.trust_type.lower()) if isinstance(facts.trust_type, str) else None
    return tuple(dict.fromkeys(join for join in (intune, entra) if join is not None))
