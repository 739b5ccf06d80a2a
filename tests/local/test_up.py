"""The app is served on a simulated tenant until Ctrl-C, and says what can be tried."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from local import up
from local.sweep.place import Place
from shared.errors import ReadinessError


class Started:
    """What `up` started, with or without a snapshot from before, until somebody ends it."""

    tenant = "http://127.0.0.1:9999"
    host = SimpleNamespace(log=Path("host.log"))

    def __init__(self, place: Place) -> None:
        self.place = place
        self.arguments: Sequence[str] = ()
        self.port: int | None = None
        self.sweeps = 0
        self.served: str | None = None
        self.snapshot: object | None = None
        self.stored = SimpleNamespace(snapshots=self)

    @asynccontextmanager
    async def running(
        self, _: Place, arguments: Sequence[str], *, port: int
    ) -> AsyncIterator["Started"]:
        self.arguments, self.port = arguments, port
        yield self

    async def current(self) -> tuple[object | None, str]:
        return self.snapshot, "an etag"

    async def sweep(self, _: object) -> None:
        self.sweeps += 1

    def check(self) -> None:
        self.served = self.place.address
        raise KeyboardInterrupt


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Started:
    made = Started(Place(tmp_path))
    made.place.storage.mkdir()
    monkeypatch.setattr(up, "install_azurite", lambda: None)
    monkeypatch.setattr(up, "place_of", lambda _: made.place)
    monkeypatch.setattr(up, "claim", lambda _: None)
    monkeypatch.setattr(up, "listening", lambda _: False)
    monkeypatch.setattr(up, "running", made.running)
    return made


def test_it_serves_until_ctrl_c_and_says_what_can_be_tried(
    started: Started, capsys: pytest.CaptureFixture[str]
) -> None:
    assert up.main([]) == 0

    said = capsys.readouterr().out
    assert "The app:    http://127.0.0.1:7071/api " in said
    assert "The tenant: http://127.0.0.1:9999 " in said
    assert '  python -m local restore plan enabled --reason "the pilot begins" --as anna' in said
    assert (
        '  curl -H "Authorization: Bearer $(python -m local token --role RestoreSetting.Read)"'
        " http://127.0.0.1:7071/api/restore-setting"
    ) in said


def test_a_first_sweep_is_made_only_where_there_is_no_snapshot(started: Started) -> None:
    up.main([])
    assert started.sweeps == 1

    started.snapshot = "a pointer"
    up.main([])
    assert started.sweeps == 1


def test_while_it_serves_its_address_is_the_usual_one(started: Started) -> None:
    up.main(["--port", "7072"])

    assert (started.port, started.served) == (7072, "http://127.0.0.1:7072")
    assert started.place.address is None


def test_the_tenants_options_are_passed_on(started: Started) -> None:
    up.main(["--devices", "50", "--approval", "--without-role"])

    assert started.arguments[:2] == ["--devices", "50"]
    assert started.arguments[-2:] == ["--approval", "--without-role"]


@pytest.mark.parametrize(("argv", "kept"), [([], True), (["--fresh"], False)])
def test_what_was_stored_stays_unless_it_begins_afresh(
    argv: list[str], kept: bool, started: Started
) -> None:
    up.main(argv)

    assert started.place.storage.exists() is kept


def test_a_port_that_is_taken_is_named(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "listening", lambda _: True)

    with pytest.raises(ReadinessError, match="port 7071 is taken"):
        up.main([])
    assert started.port is None
