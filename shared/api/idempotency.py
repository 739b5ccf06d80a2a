"""The same question, asked again with the same key, gets the answer it got first."""

import logging
import re
from hashlib import sha256

import msgspec

from shared.api.exchange import Api, Request, Response
from shared.api.requests import Body
from shared.domain.principal import Principal
from shared.errors import InputError, StorageError
from shared.ports import Answered
from shared.use_cases.plan_change import Key

log = logging.getLogger(__name__)

KEY = "^[!-~]{1,255}$"
REPLAYED = "Idempotency-Replayed"


def key_of(request: Request, who: Principal, asked: str, body: Body) -> Key:
    """Hash the caller's key, and what is asked with it, however the JSON was written.

    Raises InputError where there is no key, or none that will do.
    """
    given = request.headers.get("idempotency-key", "")
    if not re.fullmatch(KEY, given):
        raise InputError(
            "the header Idempotency-Key has to be 1 to 255 visible ASCII characters, new for each"
            " new question"
        )
    question = asked.encode() + b"\n" + msgspec.json.encode(body, order="deterministic")
    return Key(_hash(f"{who.oid}\n{given}".encode()), _hash(question))


async def first_answer(key: Key, api: Api) -> Response | None:
    """Read the answer that was given first; None where it was not kept."""
    kept = await api.control.audit.answer(key.key)
    if kept is None:
        return None
    return Response(kept.status, kept.body, {**kept.headers, REPLAYED: "true"})


async def keep(key: Key, response: Response, api: Api) -> None:
    """Keep an answer as the first. Where that fails, the answer is made anew when asked again."""
    answer = Answered(response.status, response.headers, response.body)
    try:
        await api.control.audit.keep_answer(key.key, answer)
    except StorageError as error:
        log.warning("An answer is not kept for those who ask again: %s", error)


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()
