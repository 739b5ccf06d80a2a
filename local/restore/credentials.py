"""The access token that a person's call carries; it is never shown."""

import os
import re
from collections.abc import Sequence

from azure.core.exceptions import AzureError
from azure.identity import DefaultAzureCredential

from local.issue_token import login_of
from local.issuer import LOCAL_AUDIENCE, local_issuer
from local.restore.address import Address
from local.sweep.programs import SIMULATED_TENANT
from shared.domain.principal import APPLY, APPROVE, OVERRIDE, PLAN, READ
from shared.errors import ReadinessError

ALL = (READ, PLAN, APPROVE, APPLY, OVERRIDE)
SOMEBODY = "admin"
"""Who calls an app on this machine, where nobody is named."""


def token_for(
    address: Address, person: str | None, roles: Sequence[str], audience: str | None
) -> str:
    """Get a token: READINESS_TOKEN, or from the issuer of this machine, or of whoever is signed in.

    `person` and `roles` are for an app on this machine only. Raises ReadinessError saying how a
    token is to be had.
    """
    given = os.environ.get("READINESS_TOKEN", "").strip()
    chosen = person is not None or bool(roles)
    if chosen and (given or not address.local):
        why = "READINESS_TOKEN says" if given else "the token you are signed in with says"
        raise ReadinessError(f"--as and --role are for an app on this machine: {why} who you are")
    if given:
        if not re.fullmatch(r"[\x21-\x7e]+", given):
            raise ReadinessError("READINESS_TOKEN holds something else than a token")
        return given
    if address.local:
        return _issued(person or SOMEBODY, roles or ALL, audience)
    return _signed_in(audience or os.environ.get("READINESS_AUDIENCE"))


def _issued(person: str, roles: Sequence[str], audience: str | None) -> str:
    """Issue a token of the kind that `python -m local token` prints."""
    return local_issuer().issue(
        roles,
        login=login_of(os.environ).rstrip("/"),
        tenant=os.environ.get("TENANT_ID") or SIMULATED_TENANT,
        name=person,
        audience=audience or os.environ.get("API_AUDIENCE", "").partition(",")[0] or LOCAL_AUDIENCE,
    )


def _signed_in(audience: str | None) -> str:
    if not audience:
        raise ReadinessError(
            "it is not known for which API a token is wanted: set READINESS_AUDIENCE (or"
            " --audience) to the Application ID URI of the app's registration, such as"
            " api://windows-backup-readiness, or READINESS_TOKEN to a token"
        )
    try:
        return DefaultAzureCredential().get_token(f"{audience.rstrip('/')}/.default").token
    except AzureError as error:
        raise ReadinessError(
            f"no token is to be had for {audience}: run `az login` (or set AZURE_CLIENT_ID,"
            " AZURE_TENANT_ID and AZURE_CLIENT_SECRET of an app registration) first;"
            f" {error.message}"
        ) from error
