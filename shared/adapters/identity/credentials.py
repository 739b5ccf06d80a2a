"""Who the app signs in as: its managed identity in Azure, the administrator on a laptop."""

from urllib.parse import urlsplit

from azure.core.credentials_async import AsyncTokenCredential
from azure.identity.aio import DefaultAzureCredential, ManagedIdentityCredential

from shared.adapters.identity.fixed_token import FixedTokenCredential
from shared.adapters.identity.loopback_writer import LOOPBACK_WRITER

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def graph_credential(
    graph_url: str, login_url: str, client_id: str | None = None
) -> AsyncTokenCredential:
    """Make the credential for Graph; a Graph on this very machine gets a token worth nothing.

    `login_url` is the sign-in address of the same national cloud. `client_id` names a
    user-assigned managed identity, where there is one. The caller closes the credential.
    """
    if urlsplit(graph_url).hostname in LOOPBACK:
        return FixedTokenCredential()
    return DefaultAzureCredential(
        authority=urlsplit(login_url).netloc, managed_identity_client_id=client_id
    )


def write_credential(graph_url: str, client_id: str | None) -> AsyncTokenCredential | None:
    """Make the credential that changes the restore setting; None where there is no `client_id`.

    It is a managed identity of its own, and never whoever is signed in on a laptop: nothing is to
    be changed with an administrator's rights by accident. The caller closes the credential.
    """
    if client_id is None:
        return None
    if urlsplit(graph_url).hostname in LOOPBACK:
        return FixedTokenCredential(LOOPBACK_WRITER)
    return ManagedIdentityCredential(client_id=client_id)


def storage_credential(client_id: str | None = None) -> AsyncTokenCredential:
    """Make the credential for blobs and queues, where no connection string is given."""
    return DefaultAzureCredential(managed_identity_client_id=client_id)
