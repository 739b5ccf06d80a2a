"""One authenticated client for one Graph host: raw bytes, patient, and its token stays there."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from random import Random, SystemRandom
from types import TracebackType
from typing import Generic, TypeVar

import httpx
import msgspec
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError
from kiota_abstractions.authentication import (
    AnonymousAuthenticationProvider,
    AuthenticationProvider,
)
from kiota_abstractions.method import Method
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_abstractions.request_information import RequestInformation
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from kiota_http.httpx_request_adapter import HttpxRequestAdapter
from kiota_http.middleware.options import ResponseHandlerOption
from msgspec import Struct, field

from shared.adapters.graph.batch import (
    MAX_REQUESTS,
    BatchAnswer,
    Unsettled,
    decode_batch,
    encode_batch,
    settle,
    version_root,
)
from shared.adapters.graph.refusals import PASSING, THROTTLED, Answer, refusal
from shared.adapters.graph.waits import TRIES, Meter, Patience, Sleep, read_retry_after
from shared.adapters.unsent import UNSENT
from shared.errors import (
    GraphAnswerError,
    GraphError,
    GraphUnansweredError,
    GraphUnavailableError,
)

CONNECT_TIMEOUT = 30.0
READ_TIMEOUT = 100.0
BATCHES_AT_ONCE = 4
"""Eighty requests at once; managed devices take two thousand in 20 s (facts/graph.md)."""

WRONG_ANSWER_TRIES = 3
"""A cut-off page is whole the next time; an answer of another form rarely changes."""

JSON = {"Content-Type": "application/json"}
NO_TOKEN = "NoToken"  # noqa: S105
"""The code of our own for a sign-in that failed for good; nothing was sent."""

T = TypeVar("T")


class ListPage(Struct, Generic[T]):
    """One page of any Graph list; a body without `value` is not one."""

    value: list[T]
    next: str | None = field(default=None, name="@odata.nextLink")


class _PassingError(Exception):
    """One try failed in a way that the next one may not."""

    def __init__(self, error: GraphError, retry_after: float | None, tries: int) -> None:
        super().__init__(str(error))
        self.error = error
        self.retry_after = retry_after
        self.tries = tries


class _Call(Struct, frozen=True):
    method: Method
    url: str
    headers: Mapping[str, str] = {}
    content: bytes | None = None

    @property
    def path(self) -> str:
        return httpx.URL(self.url).path


class GraphClient:
    """Speaks to one Graph host, and to no other.

    The SDK's request adapter authenticates; its retries, redirects and typed models are not used
    (docs/decisions: raw bytes instead of SDK models). Without a credential it asks anonymously.
    `sleep`, `now` (epoch seconds) and `random` are arguments so that tests need not wait. Use it
    as an async context, or close it; the credential is the caller's to close.
    """

    def __init__(
        self,
        graph_url: str,
        credential: AsyncTokenCredential | None,
        *,
        sleep: Sleep = asyncio.sleep,
        now: Callable[[], float] = time.time,
        random: Random | None = None,
    ) -> None:
        self._root = graph_url.rstrip("/")
        self._home = httpx.URL(self._root)
        self._sleep = sleep
        self._now = now
        self._random = SystemRandom() if random is None else random
        self._http = httpx.AsyncClient(
            http2=True,
            timeout=httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT),
            follow_redirects=False,
        )
        self._adapter = HttpxRequestAdapter(
            _authentication(credential, self._home.host), http_client=self._http
        )

    @property
    def host(self) -> str:
        """The only host this client speaks to."""
        return self._home.host

    async def get(
        self,
        path: str,
        decode: Callable[[bytes], T],
        meter: Meter,
        headers: Mapping[str, str] | None = None,
    ) -> T:
        """Read one path (`/beta/...`) or nextLink, and decode its bytes.

        A body that `decode` refuses counts as a broken answer and is asked for again. Raises
        GraphThrottledError, GraphUnavailableError, GraphForbiddenError, GraphAnswerError or, for
        any other refusal, GraphError.
        """
        return await self._ask(_Call(Method.GET, self._own(path), headers or {}), decode, meter)

    async def get_list(
        self,
        path: str,
        item: type[T],
        meter: Meter,
        headers: Mapping[str, str] | None = None,
    ) -> list[T]:
        """Read a whole list, following each nextLink as it stands. Raises as `get` does."""
        items: list[T] = []
        seen: set[str] = set()
        link: str | None = path
        while link:
            if link in seen:
                raise GraphAnswerError(f"the list {path} never ends: a nextLink came a second time")
            seen.add(link)
            page = await self.get(link, list_of(item), meter, headers)
            items += page.value
            link = page.next
        return items

    async def batch(self, paths: Sequence[str], meter: Meter) -> list[BatchAnswer]:
        """Read many paths of one version, some batches at once, answered in the order asked.

        Requests that are throttled or fail inside a batch are tried again, without the others.
        Raises as `get` does when a batch as a whole is not answered.
        """
        some_at_a_time = asyncio.Semaphore(BATCHES_AT_ONCE)

        async def limited(some: list[str]) -> list[BatchAnswer]:
            async with some_at_a_time:
                return await self._one_batch(some, meter)

        batches = (
            limited(list(paths[start : start + MAX_REQUESTS]))
            for start in range(0, len(paths), MAX_REQUESTS)
        )
        answers: list[BatchAnswer] = []
        for answered in await asyncio.gather(*batches, return_exceptions=True):
            # All are awaited before one is told, so that none goes on unseen.
            if isinstance(answered, BaseException):
                raise answered
            answers += answered
        return answers

    async def post(self, path: str, content: bytes) -> Answer:
        """Send JSON to a path, once: what changes something is not blindly sent again.

        Returns the answer, be it a refusal. Raises GraphUnavailableError when nothing was sent,
        GraphUnansweredError when it was and no answer came, and GraphError with the code NoToken.
        """
        return await self._change(_Call(Method.POST, self._own(path), JSON, content))

    async def patch(self, path: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Change what is at a path, once. Returns and raises as `post` does."""
        call = _Call(Method.PATCH, self._own(path), {**JSON, **headers}, content)
        return await self._change(call)

    async def _change(self, call: _Call) -> Answer:
        try:
            return await self._exchange(call)
        except (*UNSENT, AzureError) as broken:
            raise self._broken(call, broken) from broken
        except httpx.HTTPError as broken:
            raise GraphUnansweredError(
                f"{call.method.value} {call.path} on {self.host} was sent and not answered:"
                f" {type(broken).__name__} {broken}; it may have been done"
            ) from broken

    async def _one_batch(self, paths: list[str], meter: Meter) -> list[BatchAnswer]:
        root = f"/{version_root(paths)}"
        asked = {str(n): path.removeprefix(root) for n, path in enumerate(paths)}
        settled: dict[str, BatchAnswer] = {}
        patience = Patience(meter, self._sleep, self._random)
        while asked:
            call = _Call(Method.POST, self._own(f"{root}/$batch"), JSON, encode_batch(asked))
            given = await self._ask(call, decode_batch, meter)
            again: dict[str, Unsettled] = {}
            for id_, path in asked.items():
                answer = settle(root + path, given.get(id_), self._now())
                if isinstance(answer, BatchAnswer):
                    settled[id_] = answer
                else:
                    again[id_] = answer
            asked = {id_: asked[id_] for id_ in again}
            meter.throttled += sum(u.error.status == THROTTLED for u in again.values())
            try:
                await self._wait_for(again.values(), patience)
            except GraphError:
                for id_, unsettled in again.items():
                    settled[id_] = BatchAnswer(root + asked[id_], error=unsettled.error)
                break
        return [settled[str(n)] for n in range(len(paths))]

    async def _wait_for(self, unsettled: Collection[Unsettled], patience: Patience) -> None:
        errors = [u.error for u in unsettled]
        if errors:
            named = [u.retry_after for u in unsettled if u.retry_after is not None]
            await patience.after(errors[0], max(named, default=None))

    async def _ask(self, call: _Call, decode: Callable[[bytes], T], meter: Meter) -> T:
        patience = Patience(meter, self._sleep, self._random)
        while True:
            try:
                return await self._once(call, decode, meter)
            except _PassingError as passing:
                failed = passing
            await patience.after(failed.error, failed.retry_after, failed.tries)

    async def _once(self, call: _Call, decode: Callable[[bytes], T], meter: Meter) -> T:
        meter.calls += 1
        answer = await self._send(call)
        if not answer.succeeded:
            wait = read_retry_after(answer.headers.get("retry-after"), self._now())
            error = refusal(answer, wait)
            meter.throttled += answer.status == THROTTLED
            if answer.status in PASSING:
                raise _PassingError(error, wait, TRIES)
            raise error
        try:
            return decode(answer.body)
        except (msgspec.DecodeError, UnicodeDecodeError, GraphAnswerError) as wrong:
            error = GraphAnswerError(
                f"{answer.method} {answer.path} was answered with something Graph does not"
                f" document: {wrong}",
                status=answer.status,
                request_id=answer.headers.get("request-id"),
            )
            raise _PassingError(error, None, WRONG_ANSWER_TRIES) from wrong

    async def _send(self, call: _Call) -> Answer:
        try:
            return await self._exchange(call)
        except (httpx.HTTPError, AzureError) as broken:
            raise _PassingError(self._broken(call, broken), None, TRIES) from broken

    def _broken(self, call: _Call, broken: Exception) -> GraphUnavailableError:
        return GraphUnavailableError(
            f"the connection for {call.method.value} {call.path} on {self.host} broke:"
            f" {type(broken).__name__} {broken}; it is worth another try later"
        )

    async def _exchange(self, call: _Call) -> Answer:
        request = RequestInformation(call.method)
        request.url = call.url
        request.headers.add("Accept", "application/json")
        for name, value in call.headers.items():
            request.headers.add(name, value)
        request.content = call.content
        request.add_request_options([ResponseHandlerOption(NativeResponseHandler())])
        try:
            response: httpx.Response | None = await self._adapter.send_primitive_async(
                request, "bytes", None
            )
        except ClientAuthenticationError as refused:
            raise GraphError(
                f"no token for {self.host} could be had: {refused.message}; give the app a managed"
                " identity, or sign in with az login",
                status=401,
                code=NO_TOKEN,
            ) from refused
        if response is None:
            raise GraphAnswerError(f"{call.method.value} {call.path} was not answered at all")
        return Answer(
            call.method.value,
            call.path,
            response.status_code,
            {name.lower(): value for name, value in response.headers.items()},
            response.content,
        )

    def _own(self, link: str) -> str:
        if link.startswith("/"):
            return self._root + link
        try:
            url = httpx.URL(link)
        except httpx.InvalidURL as invalid:
            raise GraphAnswerError(f"a nextLink is no address: {invalid}") from invalid
        if _origin(url) != _origin(self._home) or url.userinfo:
            raise GraphAnswerError(
                f"a nextLink leads to {url.host or 'nowhere'}, not to {self.host}: it was not"
                " followed, so that no token leaves Graph"
            )
        return link

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> "GraphClient":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()


def list_of(item: type[T]) -> Callable[[bytes], ListPage[T]]:
    """Make the decoder of one page of a list of `item`."""
    page = ListPage[item]  # type: ignore[valid-type]
    return lambda body: msgspec.json.decode(body, type=page)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _authentication(credential: AsyncTokenCredential | None, host: str) -> AuthenticationProvider:
    if credential is None:
        return AnonymousAuthenticationProvider()
    return AzureIdentityAuthenticationProvider(credential, allowed_hosts=[host])
