"""Who may ask for what: the access token, and the app roles it carries."""

from msgspec import structs

from shared.api.exchange import Api, Request
from shared.api.requests import OverrideBody, Undertaking
from shared.domain.principal import APPLY, OVERRIDE, PLAN, Principal
from shared.domain.restore_change import Change
from shared.errors import ForbiddenError, SettingsError


async def caller(request: Request, api: Api, *roles: str) -> Principal:
    """Tell who calls, which has to be somebody with one of these app roles.

    Raises SettingsError where the API is not set up, TokenError, KeysUnavailableError and
    ForbiddenError.
    """
    if api.tokens is None:
        raise SettingsError("nobody can be let in before the setting API_AUDIENCE is made")
    who = await api.tokens.read(request.headers.get("authorization"))
    demand(who, *roles)
    return structs.replace(who, address=request.address)


def demand(who: Principal, *roles: str) -> None:
    """Raise ForbiddenError unless the caller has one of these app roles."""
    if not who.has(*roles):
        raise ForbiddenError(f"this needs the app role {' or '.join(roles)}", role=roles[0])


def may_undertake(who: Principal, asked: Undertaking) -> None:
    """Raise ForbiddenError unless the caller may do all that is asked with a plan."""
    demand(who, PLAN)
    if asked.apply:
        demand(who, APPLY)
    may_override(who, asked.override)


def may_override(who: Principal, asked: OverrideBody | None) -> None:
    """Raise ForbiddenError for somebody who would pass gates, and may not."""
    if asked is not None:
        demand(who, OVERRIDE)


def may_reject(who: Principal, change: Change, approver_roles: tuple[str, ...]) -> None:
    """Raise ForbiddenError unless the caller is an approver, or the planner, who withdraws."""
    if not who.is_same_as(change.planner):
        demand(who, *approver_roles)
