"""How a policy reaches a device, in words for people."""

from msgspec import UnsetType

from shared.domain.facts import PolicyState

WORDS: dict[str, str] = {
    "notConfigured": "not configured",
    "depends_on_filter": "depends on an assignment filter, which only Intune can evaluate",
    "conflicting": "conflicting: two policies contradict each other",
}


def in_words(policy: PolicyState | UnsetType) -> str:
    """Say in which state a policy reaches a device; a state unknown here is shown as it is."""
    return "not read" if isinstance(policy, UnsetType) else WORDS.get(policy, policy)
