"""The one place where an operation's errors become answers."""

import logging

from shared.api.exchange import Api, Operation, Request, Response, finished
from shared.api.problems import UNEXPECTED, kind_of, problem

log = logging.getLogger(__name__)


async def answered(request: Request, operation: Operation, api: Api) -> Response:
    """Let an operation answer; it always does. Whatever fails on our side is logged."""
    name = getattr(operation, "__name__", "an operation")
    try:
        response = await operation(request, api)
    except Exception as error:
        kind = kind_of(error)
        if kind is UNEXPECTED:
            log.exception("%s failed", name)
        elif kind.status >= 500:
            log.warning("%s was answered with %d: %s", name, kind.status, error)
        response = problem(error, request.path)
    return finished(response)
