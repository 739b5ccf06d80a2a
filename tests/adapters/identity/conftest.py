"""An issuer whose keys are served, and somebody who forges its tokens."""

from collections.abc import Iterator

import pytest

from local.issuer import Issuer
from tests.adapters.identity.desk import LOGIN, TENANT, Desk
from tests.adapters.identity.key_server import KeyServer, key_server
from tests.forger import Forger


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    return Issuer.new()


@pytest.fixture(scope="session")
def stranger() -> Issuer:
    return Issuer.new()


@pytest.fixture
def server(issuer: Issuer) -> Iterator[KeyServer]:
    with key_server(issuer.jwks()) as server:
        yield server


@pytest.fixture
def desk(server: KeyServer) -> Desk:
    return Desk(server)


@pytest.fixture
def forger(issuer: Issuer, stranger: Issuer, server: KeyServer) -> Forger:
    return Forger(issuer, LOGIN, TENANT, lure=server.lure, stranger=stranger)
