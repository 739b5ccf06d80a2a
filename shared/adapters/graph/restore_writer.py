"""Changes the tenant's restore setting by one request, and tells what became of it."""

import asyncio
import time
import unicodedata
from collections.abc import Mapping

import msgspec
from azure.core.credentials_async import AsyncTokenCredential

from shared.adapters.graph.client import NO_TOKEN, GraphClient
from shared.adapters.graph.paths import ENROLMENT_CONFIGURATIONS, segment
from shared.adapters.graph.refusals import THROTTLED, Answer, said
from shared.adapters.graph.restore_setting import ID_SUFFIX, TYPE, read_restore_setting
from shared.adapters.graph.waits import Meter, read_retry_after
from shared.adapters.graph.write_fitness import NOT_CONFIGURED, WRITE_PERMISSION, read_fitness
from shared.domain.restore_change import RefusedFor
from shared.domain.restore_value import RestoreState
from shared.domain.tenant import RestoreSetting
from shared.errors import GraphError, GraphUnavailableError
from shared.ports.restore import Fitness, Written

JUSTIFICATION = "x-msft-approval-justification"
APPROVAL_CODE = "x-msft-approval-code"
LONGEST_JUSTIFICATION = 256

LONGEST_WRITE = 120.0
"""Seconds until a write is given up: whoever settles it later can tell when it is over."""

NO_ROLE = "Tenant is not Global Admin or Intune Service Admin"
"""How Intune's message begins (facts/graph.md, Tenant restore setting, 2026-11-22)."""

TIMED_OUT = 408
"""The one status below 500 that does not tell whether the request had arrived."""

_REMEDIES: Mapping[RefusedFor, str] = {
    "role": "assign the Entra role Intune Administrator to the write identity",
    "permission": f"grant the write identity {WRITE_PERMISSION}",
    "identity": "see that RESTORE_CLIENT_ID names an identity of this app and of this tenant",
    "request": "the same request would be refused again",
}


class GraphSetting:
    """The restore setting in Graph, read with one identity and written with another.

    Without a `writer` it can only be read; `credential` is what the writer signs in with. A write
    that takes `longest` seconds, its sign-in included, counts as unanswered.
    """

    def __init__(
        self,
        reader: GraphClient,
        writer: GraphClient | None,
        credential: AsyncTokenCredential | None,
        *,
        longest: float = LONGEST_WRITE,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._credential = credential
        self._longest = longest

    async def read(self) -> RestoreSetting:
        """Read the one object there is; port `Setting`."""
        setting, _ = await read_restore_setting(self._reader, Meter())
        return setting

    async def write(
        self, id: str, state: RestoreState, justification: str, code: str | None
    ) -> Written:
        """Write once; port `Setting`."""
        if self._writer is None:
            return Written("refused", NOT_CONFIGURED, "identity")
        if not id.endswith(ID_SUFFIX):
            why = f"nothing was sent: {id!r} is no restore setting, as it does not end in"
            return Written("refused", f"{why} {ID_SUFFIX}", "request")
        headers = {JUSTIFICATION: header_text(justification)}
        if code is not None:
            headers[APPROVAL_CODE] = code
        body = msgspec.json.encode({"@odata.type": TYPE, "state": state})
        path = f"{ENROLMENT_CONFIGURATIONS}/{segment(id)}"
        try:
            async with asyncio.timeout(self._longest):
                return await _send(self._writer, path, body, headers)
        except TimeoutError:
            why = f"the write had no answer after {self._longest:g} s; it may have been done"
            return Written("unanswered", why)

    async def fitness(self) -> Fitness:
        """Tell whether a write would be let through, without writing; port `Setting`."""
        return await read_fitness(self._writer, self._credential)


async def _send(writer: GraphClient, path: str, body: bytes, headers: Mapping[str, str]) -> Written:
    try:
        return _read(await writer.patch(path, body, headers))
    except GraphUnavailableError as unsent:
        return Written("not_sent", str(unsent))
    except GraphError as error:
        if error.code != NO_TOKEN:
            return Written("unanswered", str(error))
        why = f"nothing was sent: the write identity cannot sign in ({error.__cause__})"
        return Written("refused", f"{why}; {_REMEDIES['identity']}", "identity")


def _read(answer: Answer) -> Written:
    """Tell what an answer means; where that is not sure, the write may have been done."""
    request_id = answer.headers.get("request-id")
    code = answer.headers.get(APPROVAL_CODE)
    if answer.succeeded:
        return Written("accepted", code=code, request_id=request_id)
    if code:
        why = "Intune wants another administrator to approve this in the admin center"
        return Written("waiting", why, code=code, request_id=request_id)
    told = said(answer)
    if answer.status == THROTTLED:
        why = f"{told.sentence}; nothing was changed, and another try may help{told.traced}"
        wait = read_retry_after(answer.headers.get("retry-after"), time.time())
        return Written("not_sent", why, request_id=told.request_id, retry_after=wait)
    if not 400 <= answer.status < 500 or answer.status == TIMED_OUT:
        why = f"{told.sentence}; it may have been done{told.traced}"
        return Written("unanswered", why, request_id=told.request_id)
    cause = _cause(answer.status, told.message)
    why = f"{told.sentence}; {_REMEDIES[cause]}{told.traced}"
    return Written("refused", why, cause, request_id=told.request_id)


def _cause(status: int, message: str) -> RefusedFor:
    if status == 401:
        return "identity"
    if status == 403:
        return "role" if message.startswith(NO_ROLE) else "permission"
    return "request"


def header_text(text: str) -> str:
    """Write any text in the ASCII that a header can carry, on one line and not too long."""
    parts = unicodedata.normalize("NFKD", text)
    plain = "".join(part for part in parts if not unicodedata.combining(part))
    shown = "".join(sign if sign.isprintable() else " " for sign in plain)
    line = " ".join(shown.encode("ascii", "replace").decode().split())
    return line[:LONGEST_JUSTIFICATION].rstrip() or "no reason given"
