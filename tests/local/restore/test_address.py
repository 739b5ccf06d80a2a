"""A token is sent to the app, encrypted unless it stays on this machine, and nowhere else."""

from pathlib import Path

import pytest

from local.restore import address
from local.restore.address import Address, read_address, usual_address
from local.sweep.place import Place
from shared.errors import ReadinessError


@pytest.mark.parametrize(
    ("text", "url", "local"),
    [
        ("https://app.example", "https://app.example", False),
        ("https://app.example/", "https://app.example", False),
        ("https://app.example/api/", "https://app.example", False),
        ("https://gateway.example/readiness", "https://gateway.example/readiness", False),
        ("http://127.0.0.1:7071", "http://127.0.0.1:7071", True),
        ("http://localhost:7071/", "http://localhost:7071", True),
        ("http://[::1]:7071", "http://[::1]:7071", True),
    ],
)
def test_an_address_is_the_apps_root_however_it_is_written(
    text: str, url: str, local: bool
) -> None:
    assert read_address(text) == Address(url, local)


@pytest.mark.parametrize(
    "text",
    [
        "http://app.example",
        "http://127.0.0.1.app.example",
        "http://127.0.0.1@app.example",
        "https://user:password@app.example",
        "https://app.example?x=1",
        "ftp://127.0.0.1",
        "app.example",
        "https://[::1",
        "",
    ],
)
def test_what_no_token_may_be_sent_to_is_refused(text: str) -> None:
    with pytest.raises(ReadinessError) as refused:
        read_address(text)
    assert "password@" not in str(refused.value)


def test_the_usual_address_is_the_environments_then_what_up_serves_then_the_usual_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path)
    monkeypatch.setattr(address, "last_place", lambda: place)
    monkeypatch.delenv("READINESS_URL", raising=False)
    assert usual_address() == "http://127.0.0.1:7071"

    place.served.write_text("http://127.0.0.1:7072", encoding="utf-8")
    assert usual_address() == "http://127.0.0.1:7072"

    monkeypatch.setenv("READINESS_URL", "https://app.example")
    assert usual_address() == "https://app.example"
