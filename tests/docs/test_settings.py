"""What is written about settings is what the code reads."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from shared.config import read_settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
SAMPLE: dict[str, str] = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]


class Watched(Mapping[str, str]):
    """An environment that remembers which names it was asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values_given = values
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self.values_given[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_given)

    def __len__(self) -> int:
        return len(self.values_given)


def names_in_triggers() -> set[str]:
    """The settings that decorators name."""
    handlers = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "handlers").glob("*.py")
    )
    return set(re.findall(r"%(\w+)%", handlers))


def test_the_page_lists_exactly_the_settings_that_are_read() -> None:
    environ = Watched(SAMPLE)
    read_settings(environ)
    listed = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert sorted(listed) == sorted(environ.asked | names_in_triggers())


def test_the_sample_settings_are_accepted_and_complete() -> None:
    settings = read_settings(SAMPLE)
    assert settings.graph_host == "127.0.0.1"
    assert names_in_triggers() <= set(SAMPLE)
