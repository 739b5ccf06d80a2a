from pathlib import Path

import pytest
from azure.storage.blob import ContainerClient

from local import azurite
from local.azurite import Azurite
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
