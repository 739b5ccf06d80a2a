"""Which tenant the administrator is signed in to."""

import base64

import msgspec
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import DefaultAzureCredential
from msgspec import Struct

from shared.errors import ReadinessError


class _Claims(Struct):
    tid: str


def signed_in_tenant(graph_url: str, authority: str) -> str:
    """Read the tenant id off a Graph token of the signed-in administrator.

    The token is only looked at, not verified: it is our own, and Graph will verify it. Raises
    ReadinessError when nobody is signed in.
    """
    try:
        token = DefaultAzureCredential(authority=authority).get_token(f"{graph_url}/.default").token
        payload = token.split(".")[1]
        padded = payload + "=" * (-len(payload) % 4)
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=_Claims).tid
    except ClientAuthenticationError as error:
        raise ReadinessError(
            "nobody is signed in: run `az login` (or set AZURE_CLIENT_ID, AZURE_TENANT_ID and"
            f" AZURE_CLIENT_SECRET of an app registration) first; {error.message}"
        ) from error
    except (IndexError, ValueError, msgspec.DecodeError) as error:
        raise ReadinessError(
            "the token does not tell its tenant; name it with --tenant-id"
        ) from error
