"""What cannot be swept is refused with a word on what can."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.sweep import command
from local.sweep.place import Place


@pytest.fixture(autouse=True)
def _nothing_is_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    @contextmanager
    def storage(_: Place) -> Iterator[str]:
        yield "a connection"

    monkeypatch.setattr(command, "storage", storage)
    monkeypatch.setattr(command, "place_of", lambda _: Place(tmp_path))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--devices", "-5"], "'-5' is no number of devices"),
        (["--devices", "many"], "'many' is no number of devices"),
        (["--scenario", "nowhere"], "choose from"),
    ],
)
def test_a_tenant_that_cannot_be_simulated_is_refused_at_once(
    asked: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(asked)

    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("graph", ["graph.microsoft.com", "https://graph.evil.example"])
def test_a_graph_that_is_none_is_refused_and_the_real_ones_are_named(
    graph: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--graph", graph]) == 1

    said = capsys.readouterr().out
    assert f"--graph {graph}: give one of https://graph.microsoft.com, " in said
    assert "The end of" not in said
