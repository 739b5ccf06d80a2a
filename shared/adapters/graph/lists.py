"""Reads many small lists at once, in batches."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from shared.adapters.graph.batch import BatchAnswer
from shared.adapters.graph.client import GraphClient, list_of
from shared.adapters.graph.waits import Meter
from shared.errors import GraphAnswerError, GraphError, GraphThrottledError

T = TypeVar("T")


async def read_lists(
    client: GraphClient, paths: Sequence[str], item: type[T], meter: Meter
) -> list[list[T] | GraphError]:
    """Read the list at each path, in that order, or the reason why it could not be read.

    Raises GraphThrottledError when Graph asks for a long wait: the other lists would meet it, too.
    """
    lists: list[list[T] | GraphError] = []
    for answer in await client.batch(paths, meter):
        try:
            lists.append(await _read(client, answer, item, meter))
        except GraphThrottledError:
            raise
        except GraphError as error:
            lists.append(error)
    return lists


async def _read(client: GraphClient, answer: BatchAnswer, item: type[T], meter: Meter) -> list[T]:
    if answer.error is not None:
        raise answer.error
    try:
        page = list_of(item)(answer.body)
    except msgspec.DecodeError as wrong:
        raise GraphAnswerError(
            f"GET {answer.path} was answered with something Graph does not document: {wrong}"
        ) from wrong
    if not page.next:
        return page.value
    return page.value + await client.get_list(page.next, item, meter)
