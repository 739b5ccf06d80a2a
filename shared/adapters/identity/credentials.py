"""Who the app signs in as: its managed identity in Azure, the administrator on a laptop."""

from urllib.parse import urlsplit

from azure.core.credentials_async import AsyncTokenCredential
from azure.identity.aio import DefaultAzureCredential

from shared.adapters.identity.fixed_token import FixedTokenCredential

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


def storage_credential(client_id: str | None = None) -> AsyncTokenCredential:
    """Make the credential for blobs and queues, where no connection string is given."""
    return DefaultAzureCredential(managed_identity_client_id=client_id)
