"""HTTP: the restore setting, and the changes made to it under control.

The host asks for no key: a function key says nothing about who calls. Each operation checks the
caller's access token itself, in code, before it does anything.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import azure.functions as func

from shared import bootstrap

if TYPE_CHECKING:
    from shared.api.exchange import Operation

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]
F = TypeVar("F", bound=Callable[..., object])


def _route(method: str, route: str) -> Callable[[F], F]:
    made: Callable[[F], F] = blueprint.route(
        trigger_arg_name="request",
        route=route,
        methods=[method],
        auth_level=func.AuthLevel.ANONYMOUS,
    )
    return made


async def _answer(request: func.HttpRequest, operation: "Operation") -> func.HttpResponse:
    from handlers.exchange import asked, given
    from shared.api.answered import answered

    return given(await answered(asked(request), operation, bootstrap.app().api))


@_route("GET", "restore-setting")
async def read_restore_setting(request: func.HttpRequest) -> func.HttpResponse:
    """Tell how the setting stands."""
    from shared.api import restore_setting

    return await _answer(request, restore_setting.status)


@_route("GET", "restore-setting/preflight")
async def preflight(request: func.HttpRequest) -> func.HttpResponse:
    """Tell whether the write identity would be let through."""
    from shared.api import restore_setting

    return await _answer(request, restore_setting.preflight)


@_route("GET", "restore-setting/changes")
async def list_changes(request: func.HttpRequest) -> func.HttpResponse:
    """List changes."""
    from shared.api import changes

    return await _answer(request, changes.index)


@_route("POST", "restore-setting/changes")
async def plan_change(request: func.HttpRequest) -> func.HttpResponse:
    """Plan a change."""
    from shared.api import plans

    return await _answer(request, plans.plan)


@_route("GET", "restore-setting/changes/{id}")
async def read_change(request: func.HttpRequest) -> func.HttpResponse:
    """Tell the whole story of a change."""
    from shared.api import changes

    return await _answer(request, changes.show)


@_route("POST", "restore-setting/changes/{id}/approve")
async def approve_change(request: func.HttpRequest) -> func.HttpResponse:
    """Consent to a plan."""
    from shared.api import changes

    return await _answer(request, changes.approve)


@_route("POST", "restore-setting/changes/{id}/reject")
async def reject_change(request: func.HttpRequest) -> func.HttpResponse:
    """Say no to a plan, or withdraw it."""
    from shared.api import changes

    return await _answer(request, changes.reject)


@_route("POST", "restore-setting/changes/{id}/apply")
async def apply_change(request: func.HttpRequest) -> func.HttpResponse:
    """Write the setting."""
    from shared.api import changes

    return await _answer(request, changes.apply)


@_route("POST", "restore-setting/changes/{id}/confirm")
async def confirm_change(request: func.HttpRequest) -> func.HttpResponse:
    """Close a change that was made by hand."""
    from shared.api import changes

    return await _answer(request, changes.confirm)


@_route("POST", "restore-setting/changes/{id}/revert")
async def revert_change(request: func.HttpRequest) -> func.HttpResponse:
    """Plan the way back."""
    from shared.api import plans

    return await _answer(request, plans.revert)
