"""Graph's JSON batches: at most twenty requests in one, each with an answer of its own."""

from collections.abc import Mapping

import msgspec
from msgspec import Raw, Struct

from shared.adapters.graph.refusals import PASSING, Answer, refusal
from shared.adapters.graph.waits import read_retry_after
from shared.errors import GraphError, GraphUnavailableError

MAX_REQUESTS = 20


class BatchAnswer(Struct, frozen=True):
    """The answer to one request of a batch; `error` is None exactly when it succeeded."""

    path: str
    body: bytes = b""
    error: GraphError | None = None


class Unsettled(Struct, frozen=True):
    """A request of a batch that another try may answer, and the wait Graph asked for."""

    error: GraphError
    retry_after: float | None = None


class InnerAnswer(Struct):
    """One answer as it stands in the batch."""

    id: str
    status: int
    headers: dict[str, object] = {}
    body: Raw = Raw(b"")


class _Answers(Struct):
    responses: list[InnerAnswer]


def encode_batch(paths: Mapping[str, str]) -> bytes:
    """Write the body that asks for each path (below the version root) under its id."""
    asked = [{"id": id_, "method": "GET", "url": path} for id_, path in paths.items()]
    return msgspec.json.encode({"requests": asked})


def decode_batch(body: bytes) -> dict[str, InnerAnswer]:
    """Read the answers by id; they come in any order, and some may be left out."""
    return {a.id: a for a in msgspec.json.decode(body, type=_Answers).responses}


def settle(path: str, inner: InnerAnswer | None, now: float) -> BatchAnswer | Unsettled:
    """Read one answer; one that Graph left out is asked for again. `now` is in epoch seconds."""
    if inner is None:
        return Unsettled(GraphUnavailableError(f"a batch left out the answer to GET {path}"))
    headers = {name.lower(): str(value) for name, value in inner.headers.items()}
    answer = Answer("GET", path.partition("?")[0], inner.status, headers, bytes(inner.body))
    if answer.succeeded:
        return BatchAnswer(path, answer.body)
    wait = read_retry_after(headers.get("retry-after"), now)
    error = refusal(answer, wait)
    if inner.status in PASSING:
        return Unsettled(error, wait)
    return BatchAnswer(path, answer.body, error)


def version_root(paths: list[str]) -> str:
    """Return the version that all paths begin with: a batch has one version root."""
    roots = {path.split("/", 2)[1] for path in paths}
    if len(roots) != 1:
        raise ValueError(f"one batch cannot ask {' and '.join(sorted(roots))} alike")
    return roots.pop()
