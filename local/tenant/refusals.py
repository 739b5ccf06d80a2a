"""Graph's error bodies: the directory's flat ones, and Intune's with JSON inside the message."""

from uuid import UUID

import msgspec

from local.tenant.calls import Answer, Call
from local.tenant.chance import key

INTUNE = "/devicemanagement/"


def refuse(
    call: Call, status: int, code: str, message: str, headers: dict[str, str] | None = None
) -> Answer:
    """Refuse a call in the form of the part of Graph that it was meant for."""
    request = request_id(call)
    if call.path.lower().startswith(INTUNE) and status != 429:
        message = _nested(call, message)
    inner = {
        "date": "2026-11-22T12:00:00",
        "request-id": request,
        "client-request-id": call.headers.get("client-request-id", request),
    }
    body = {"error": {"code": code, "message": message, "innerError": inner}}
    return Answer(
        msgspec.json.encode(body),
        status,
        {"request-id": request, "client-request-id": inner["client-request-id"], **(headers or {})},
    )


def request_id(call: Call) -> str:
    """Return the id by which Microsoft's support would find a call."""
    return _guid(call, "request")


def not_found(call: Call, what: str) -> Answer:
    """Refuse because the object does not exist."""
    if call.path.lower().startswith(INTUNE):
        return refuse(call, 404, "ResourceNotFound", f"{what} could not be found.")
    message = f"Resource '{what}' does not exist or one of its queried reference-property objects"
    return refuse(call, 404, "Request_ResourceNotFound", f"{message} are not present.")


def no_segment(call: Call) -> Answer:
    """Refuse because there is no such path in this version."""
    segment = call.path.strip("/").rpartition("/")[2]
    return refuse(call, 400, "BadRequest", f"Resource not found for the segment '{segment}'.")


def forbidden(call: Call) -> Answer:
    """Refuse for want of a permission, without saying which."""
    code = "Forbidden" if call.path.lower().startswith(INTUNE) else "Authorization_RequestDenied"
    return refuse(call, 403, code, "Insufficient privileges to complete the operation.")


def throttled(call: Call, retry_after: str | None) -> Answer:
    """Refuse because of too many calls."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return refuse(call, 429, "TooManyRequests", "Please retry again later.", headers)


def unavailable(call: Call) -> Answer:
    """Refuse because a backend is away."""
    return refuse(call, 503, "ServiceUnavailable", "The service is temporarily unavailable.")


def _nested(call: Call, message: str) -> str:
    ids = (
        f"Operation ID (for customer support): {UUID(int=0)}"
        f" - Activity ID: {_guid(call, 'activity')}"
        f" - Url: https://fef.simulated.manage.microsoft.com/StatelessService{call.path}"
    )
    inner = {
        "_version": 3,
        "Message": f"{message} - {ids}",
        "CustomApiErrorPhrase": "",
        "RetryAfter": None,
        "ErrorSourceService": "",
        "HttpHeaders": "{}",
    }
    return msgspec.json.format(msgspec.json.encode(inner)).decode().replace("\n", "\r\n")


def _guid(call: Call, purpose: str) -> str:
    words = (purpose, call.method, call.version, call.path, *sorted(call.query.items()))
    return str(UUID(int=key(*words) << 64 | key(*words, "low")))
