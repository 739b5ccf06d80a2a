"""The app as a stand-in, and somebody who calls it."""

from collections.abc import Iterator

import pytest

from local.restore import command
from tests.local.restore.stand_in import StandIn

TOKEN = "the-token-of-anna"


@pytest.fixture(scope="session")
def _served() -> Iterator[StandIn]:
    with StandIn() as app:
        yield app


@pytest.fixture
def app(_served: StandIn, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """An app that has not been asked yet, whose address and token are in the environment."""
    _served.forget()
    monkeypatch.setenv("READINESS_URL", _served.url)
    monkeypatch.setenv("READINESS_TOKEN", TOKEN)
    return _served


class Person:
    """Somebody at a command line, without a terminal."""

    def __init__(self, out: pytest.CaptureFixture[str]) -> None:
        self._out = out

    def types(self, *argv: str) -> tuple[int, str]:
        """Run a `restore` command; its exit status, and what was said, in one line each."""
        self._out.readouterr()
        status = command.main(argv)
        said = self._out.readouterr()
        return status, "\n".join(line.rstrip() for line in (said.out + said.err).splitlines())


@pytest.fixture
def person(app: StandIn, capsys: pytest.CaptureFixture[str]) -> Person:
    """Somebody who calls the app."""
    return Person(capsys)
