"""Every error this product raises, as one small tree."""


class ReadinessError(Exception):
    """The root: its message says what happened, to which object, and what to do."""


class SettingsError(ReadinessError):
    """One or more app settings are missing or invalid; all of them are named."""


class InputError(ReadinessError):
    """Something handed to us cannot be read; the message names the field or the line."""


class MessageError(InputError):
    """A queue message is malformed; the message names the field."""


class MediaTypeError(InputError):
    """A body is sent as something else than JSON."""


class BodyTooLargeError(InputError):
    """A body is larger than any that makes sense."""


class GraphError(ReadinessError):
    """Microsoft Graph did not give what was asked.

    `request_id` is what Microsoft's support asks for; `code` is Graph's own error code.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.request_id = request_id


class GraphThrottledError(GraphError):
    """Graph asked us to wait longer than a function should sleep: try again in `retry_after` s."""

    def __init__(self, message: str, *, retry_after: float, request_id: str | None = None) -> None:
        super().__init__(message, status=429, code="TooManyRequests", request_id=request_id)
        self.retry_after = retry_after


class GraphUnavailableError(GraphError):
    """Graph failed again and again, or the connection broke: worth another try later."""


class GraphForbiddenError(GraphError):
    """The identity lacks a permission; `permission` names the least one that would do."""

    def __init__(
        self,
        message: str,
        *,
        permission: str,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, status=403, code=code, request_id=request_id)
        self.permission = permission


class GraphAnswerError(GraphError):
    """Graph answered with something that is not what it documents: a failed read, never empty."""


class GraphUnansweredError(GraphError):
    """A request that changes something was sent and not answered: it may have been done."""


class DeltaExpiredError(GraphError):
    """A delta link leads nowhere any more: start afresh, and sweep for what was missed."""


class StorageError(ReadinessError):
    """Blob or queue storage did not do what was asked."""


class ConflictError(StorageError):
    """Somebody else wrote first; read again and decide again."""


class LeaseHeldError(StorageError):
    """Another run holds the lease."""


class SweepError(ReadinessError):
    """A sweep cannot go on; the message is the reason its record keeps."""


class DeliveryError(ReadinessError):
    """A message was not accepted by its channel; the text names the channel, never its address.

    `status` is the code the other side gave, of HTTP or SMTP.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class DeliveryThrottledError(DeliveryError):
    """The channel asked us to come back in `retry_after` seconds; nothing was accepted."""

    def __init__(self, message: str, *, retry_after: float, status: int | None = None) -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after


class DeliveryUnavailableError(DeliveryError):
    """Nothing was accepted, and nothing is wrong with the message: worth another try later."""


class DeliveryRefusedError(DeliveryError):
    """Nothing was accepted, and another try of the same will not help."""


class DeliveryUnknownError(DeliveryError):
    """The message was sent and not answered: it may have arrived."""


class AuditError(ReadinessError):
    """The audit's records do not follow on each other; nothing is changed before that is clear."""


class TokenError(ReadinessError):
    """A call has no access token, or one that does not hold; the text never shows it."""


class KeysUnavailableError(ReadinessError):
    """The keys to check access tokens with cannot be had, so nobody can be let in."""


class ForbiddenError(ReadinessError):
    """The caller is known, and may not do this; `role` names the app role that is missing."""

    def __init__(self, message: str, *, role: str | None = None) -> None:
        super().__init__(message)
        self.role = role


class NotFoundError(ReadinessError):
    """There is no such object."""


class StaleError(ReadinessError):
    """What the caller saw is not what is there now (If-Match)."""


class KeyReusedError(ReadinessError):
    """An idempotency key came again with another body."""


class ChangeError(ReadinessError):
    """The restore setting is not changed so, as things stand; the message says why.

    `state` is where the change stands, if there is one.
    """

    def __init__(
        self, message: str, *, change: str | None = None, state: str | None = None
    ) -> None:
        super().__init__(message)
        self.change = change
        self.state = state


class GatesError(ChangeError):
    """Gates do not hold; the change's `gates` say which, observed and required."""
