"""Intune's words mean the same in every spelling they have had."""

import pytest

from local.assess.words import join_type, management_agent, plain


@pytest.mark.parametrize(
    ("words", "graph"),
    [
        ("Azure AD joined", "azureADJoined"),
        ("AZURE AD JOINED", "azureADJoined"),
        ("Microsoft Entra joined", "azureADJoined"),
        ("Entra joined", "azureADJoined"),
        ("azureADJoined", "azureADJoined"),
        ("Hybrid Azure AD joined", "hybridAzureADJoined"),
        ("Microsoft Entra hybrid joined", "hybridAzureADJoined"),
        ("Hybrid Microsoft Entra joined", "hybridAzureADJoined"),
        ("hybridAzureADJoined", "hybridAzureADJoined"),
        ("Azure AD registered", "azureADRegistered"),
        ("Microsoft Entra registered", "azureADRegistered"),
        ("Unknown", "unknown"),
        ("Domain joined", None),
        ("", None),
    ],
)
def test_a_join_type_is_known_by_its_words(words: str, graph: str | None) -> None:
    assert join_type(words) == graph


@pytest.mark.parametrize(
    ("words", "graph"),
    [
        ("Intune", "mdm"),
        ("Co-managed", "configurationManagerClientMdm"),
        ("ConfigMgr", "configurationManagerClient"),
        ("MDE", "msSense"),
        ("Somebody else", None),
    ],
)
def test_a_management_agent_is_known_only_where_the_words_leave_no_doubt(
    words: str, graph: str | None
) -> None:
    assert management_agent(words) == graph


@pytest.mark.parametrize(
    "header",
    ["Azure AD Device ID", "Microsoft Entra Device ID", "Entra ID device id", "AAD DeviceId"],
)
def test_a_header_is_the_same_under_all_names_of_entra(header: str) -> None:
    assert plain(header) == "entradeviceid"
