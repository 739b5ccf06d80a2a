"""A place is one tenant's folder, and stays the same from run to run."""

import random
import socket
from pathlib import Path

import pytest
from msgspec import structs

from local.sweep import place
from local.sweep.place import last_place, listening, place_of


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(place, "HOME", tmp_path / "home")
    monkeypatch.setattr(place, "LAST", tmp_path / "home" / "last.txt")
    return tmp_path / "home"


def test_before_any_sweep_there_is_no_last_place() -> None:
    assert last_place() is None


def test_the_last_place_is_the_one_used_last(home: Path) -> None:
    place_of("typical-7-2000")
    second = place_of("graph.microsoft.com-contoso.com")

    assert last_place() == second
    assert second.folder == home / "graph.microsoft.com-contoso.com"
    assert second.folder.is_dir()


@pytest.mark.parametrize("name", ["a/../../b-1", "a\\b:c*-1", "host-ä ö", "x-$(touch y)"])
def test_a_name_never_leads_out_of_the_folder(home: Path, name: str) -> None:
    assert place_of(name).folder.resolve().parent == home.resolve()


def test_a_place_keeps_its_ports() -> None:
    first = place_of("a").ports()

    assert place_of("a").ports() == first


def test_the_ports_of_a_place_differ() -> None:
    ports = place_of("a").ports()

    numbers = {ports.blob, ports.queue, ports.table, ports.tenant, ports.host}
    assert len(numbers) == 5


def test_storage_report_and_logs_lie_in_the_folder() -> None:
    here = place_of("a")

    assert {here.storage.parent, here.report.parent, here.log("host").parent} == {here.folder}
    assert here.log("host") != here.log("tenant")


def test_it_can_tell_whether_something_listens() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = int(server.getsockname()[1])
        assert not listening(port)
        server.listen()
        assert listening(port)


def test_a_port_in_use_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = int(server.getsockname()[1])
        monkeypatch.setattr(random, "sample", lambda ports, _: [taken, *ports])

        assert taken not in structs.astuple(place_of("a").ports())


def test_ports_are_none_that_a_system_gives_to_anybody() -> None:
    assert all(1_024 < port < 32_768 for port in structs.astuple(place_of("a").ports()))
