from collections.abc import AsyncIterator

import httpx
import pytest

from shared.adapters.notify.address import post_client
from tests.adapters.notify.receiver import Receiver, receiving


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with post_client(answer_timeout=0.2) as client:
        yield client
