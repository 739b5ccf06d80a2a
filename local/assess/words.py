"""The words of Intune's exports, put into Graph's values."""

import re

FORMER_NAMES = re.compile(r"azureactivedirectory|azuread|aad|entraid")
NO_WORD = re.compile(r"[\W_]+")

JOIN_TYPES = {
    "entrajoined": "azureADJoined",
    "hybridentrajoined": "hybridAzureADJoined",
    "entrahybridjoined": "hybridAzureADJoined",
    "hybridjoined": "hybridAzureADJoined",
    "entraregistered": "azureADRegistered",
    "unknown": "unknown",
}
"""Intune's words for joinType, plain (facts/graph.md, Intune's own exports, 2026-11-22)."""

AGENTS = {
    "intune": "mdm",
    "mdm": "mdm",
    "comanaged": "configurationManagerClientMdm",
    "configmgr": "configurationManagerClient",
    "configurationmanager": "configurationManagerClient",
    "mde": "msSense",
}
"""The admin center's words for managementAgent that leave no doubt; others stay as they are."""


def plain(words: str) -> str:
    """Reduce words to letters and digits, with Entra for all the names Entra ID has had.

    >>> plain("Microsoft Entra joined") == plain("Azure AD Joined") == "entrajoined"
    True
    """
    letters = NO_WORD.sub("", words.casefold()).removeprefix("microsoft")
    return FORMER_NAMES.sub("entra", letters.replace("hybridmicrosoft", "hybrid"))


def join_type(words: str) -> str | None:
    """Tell Graph's joinType; None where the words are none known here."""
    return JOIN_TYPES.get(plain(words))


def management_agent(words: str) -> str | None:
    """Tell Graph's managementAgent; None where the words leave a doubt."""
    return AGENTS.get(plain(words))
