"""Azurite keeps what is written, says what is wrong, and ends with its starter."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from azure.storage.blob import ContainerClient

from local import azurite
from local.azurite import Azurite
from local.environment import ROOT
from local.sweep.place import listening
from shared.errors import StorageError
from tests.conftest import skip_or_fail


@pytest.fixture
def installed() -> None:
    if lack := Azurite.missing():
        skip_or_fail(lack)


@pytest.mark.usefixtures("installed")
def test_what_was_written_is_there_after_a_restart_on_the_same_ports(tmp_path: Path) -> None:
    with Azurite(tmp_path) as first:
        before = first.connection_string
        with ContainerClient.from_connection_string(before, "kept") as container:
            container.create_container()
            container.upload_blob("name", b"content")
    ports = [int(part.split("/")[0]) for part in before.split("127.0.0.1:")[1:]]
    with Azurite(tmp_path, (ports[0], ports[1], ports[2])) as second:
        assert second.connection_string == before
        with ContainerClient.from_connection_string(before, "kept") as container:
            assert container.download_blob("name").readall() == b"content"


STARTER = """
import sys
from pathlib import Path
from local.azurite import Azurite
print(Azurite(Path(sys.argv[1])).start().connection_string, flush=True)
sys.stdin.read()
"""


@pytest.mark.usefixtures("installed")
def test_when_its_starter_is_killed_it_ends_and_what_was_written_is_kept(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        assert starter.stdout is not None
        connection = starter.stdout.readline().strip()
        with ContainerClient.from_connection_string(connection, "kept") as container:
            container.create_container()
        starter.kill()
    port = int(connection.split("127.0.0.1:")[1].split("/")[0])
    until = time.monotonic() + 20
    while listening(port) and time.monotonic() < until:
        time.sleep(0.02)
    assert not listening(port)
    with (
        Azurite(tmp_path) as again,
        ContainerClient.from_connection_string(again.connection_string, "kept") as container,
    ):
        assert container.exists()


@pytest.mark.usefixtures("installed")
def test_a_start_that_fails_says_what_azurite_said(tmp_path: Path) -> None:
    with Azurite() as running:
        blob = int(running.connection_string.split("127.0.0.1:")[1].split("/")[0])
        with pytest.raises(StorageError, match="EADDRINUSE"):
            Azurite(tmp_path, (blob, 0, 0)).start()


def test_without_node_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(StorageError, match="Node 18"):
        Azurite().start()


def test_without_the_installation_the_error_says_how_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: name)
    monkeypatch.setattr(azurite, "SCRIPT", tmp_path / "azurite.js")
    with pytest.raises(StorageError, match="npm ci"):
        Azurite().start()


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (azurite.HOME / "package-lock.json").read_text(encoding="utf-8")
