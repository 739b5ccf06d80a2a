"""One Azurite for all tests, and the same examples in every run."""

import os
from collections.abc import Iterator
from typing import NoReturn

import pytest
from hypothesis import settings

from local.azurite import Azurite

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")


def skip_or_fail(reason: str) -> NoReturn:
    """Skip with a reason; fail where REQUIRE_ALL=1 asks that nothing be skipped."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def storage() -> Iterator[str]:
    """The connection string of an Azurite in memory, which all tests share."""
    if lack := Azurite.missing():
        skip_or_fail(lack)
    with Azurite() as azurite:
        yield azurite.connection_string
