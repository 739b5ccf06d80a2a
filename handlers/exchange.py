"""Requests and responses between Azure Functions and the HTTP interface."""

from urllib.parse import urlsplit

import azure.functions as func

from shared.api.exchange import Request, Response, caller_address


def asked(request: func.HttpRequest) -> Request:
    """Take a request as the worker hands it over."""
    return Request(
        method=request.method,
        path=urlsplit(request.url).path,
        headers={name.lower(): value for name, value in request.headers.items()},
        query=request.params,
        parameters=request.route_params,
        body=request.get_body(),
        address=caller_address(request.headers.get("x-forwarded-for")),
    )


def given(response: Response) -> func.HttpResponse:
    """Give a response as the worker takes it."""
    return func.HttpResponse(
        response.body,
        status_code=response.status,
        headers=response.headers,
        mimetype=response.media_type,
    )
