from collections.abc import AsyncIterator
from random import Random

import pytest
from azure.core.credentials import AccessToken

from shared.adapters.graph.client import GraphClient
from shared.adapters.identity.fixed_token import FixedTokenCredential
from tests.adapters.graph.fake_graph import FakeGraph, fake_graph

NOON = 1_795_348_800.0
"""2026-11-22 12:00:00 UTC."""


class LongestDraw(Random):
    """Draws the upper end, so that backing off can be told to the second."""

    def uniform(self, a: float, b: float) -> float:
        return b


class Sleeps(list[float]):
    """Sleeps no time at all, and remembers how long it should have been."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


class NoToken(FixedTokenCredential):
    """A credential that fails before anything is sent."""

    def __init__(self, failure: Exception) -> None:
        super().__init__()
        self._failure = failure

    async def get_token(self, *scopes: str, **options: object) -> AccessToken:
        raise self._failure


@pytest.fixture
async def graph() -> AsyncIterator[FakeGraph]:
    async with fake_graph() as running:
        yield running


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()


@pytest.fixture
async def client(graph: FakeGraph, sleeps: Sleeps) -> AsyncIterator[GraphClient]:
    async with GraphClient(
        graph.url,
        FixedTokenCredential(),
        sleep=sleeps,
        now=lambda: NOON,
        random=LongestDraw(),
    ) as made:
        yield made
