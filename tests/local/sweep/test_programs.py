"""The programs of a sweep are started where their ports are free, and end when told."""

import socket
import threading
from pathlib import Path

import pytest

from local.sweep import programs
from local.sweep.place import Place, listening
from local.sweep.programs import Host, tenant
from shared.errors import ReadinessError


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_host_is_not_started_beside_another_on_its_port(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "PATIENCE", 0)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = int(other.getsockname()[1])

        with pytest.raises(ReadinessError, match=f"port {port} is taken"):
            Host(place, port, {}).start()

    assert not place.log("host").exists()


def test_a_host_left_behind_is_waited_for(place: Place) -> None:
    other = socket.create_server(("127.0.0.1", 0))
    threading.Timer(0.2, other.close).start()

    with (
        pytest.raises(ReadinessError, match="did not come up"),
        Host(place, int(other.getsockname()[1]), {"AzureWebJobsStorage": ""}),
    ):
        pass

    assert "address already in use" not in place.log("host").read_text(encoding="utf-8")


def test_a_tenant_listens_while_it_is_used_and_no_longer(place: Place) -> None:
    with tenant(place, ["--devices", "10"]):
        assert listening(place.ports().tenant)

    assert not listening(place.ports().tenant)


def test_a_program_that_does_not_come_up_is_told_with_the_end_of_its_log(place: Place) -> None:
    with (
        pytest.raises(ReadinessError, match="invalid choice: 'nowhere'"),
        tenant(place, ["--scenario", "nowhere"]),
    ):
        pass
