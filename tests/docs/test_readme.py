"""The README names commands, targets and files that are there."""

import re
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from local.__main__ import COMMANDS
from local.environment import NEWEST, OLDEST
from local.sweep.command import main as sweep

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_local_command_that_is_named_exists(page: Path) -> None:
    named = re.findall(r"-m local ([a-z]+)", page.read_text(encoding="utf-8"))

    assert [name for name in named if name not in COMMANDS] == []


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))

    named = re.findall(r"`make (\w+)", README)
    assert {"sweep", "test", "bench"} <= set(named)
    assert [name for name in named if name not in targets] == []


def test_the_options_that_are_named_exist(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        sweep(["--help"])
    shown = capsys.readouterr().out

    for line in re.findall(r"-m local sweep (--\S+)", README):
        assert line in shown


def test_the_python_versions_are_those_that_run_it() -> None:
    minors = range(OLDEST[1], NEWEST[1] + 1)

    first, *middle, last = (f"3.{minor}" for minor in minors)
    assert f"Python {', '.join([first, *middle])} or {last}" in README


def test_the_first_picture_is_well_formed_and_all_are_there() -> None:
    first, *others = re.findall(r"!\[.+?\]\((.+?)\)", README)

    assert ET.parse(ROOT / first).getroot().tag.endswith("svg")  # noqa: S314 - our own file
    assert all((ROOT / picture).read_bytes().startswith(b"\x89PNG") for picture in others)


def test_the_place_of_the_benchmarks_is_marked_once() -> None:
    before, after = README.split("<!-- benchmarks:begin -->")

    assert "<!-- benchmarks:end -->" not in before
    assert after.count("<!-- benchmarks:end -->") == 1


def test_every_version_of_the_changelog_is_dated_and_the_newest_is_this_one() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(\d\S*)\](.*)$", changelog, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert versions[0][0] == project["version"]
    assert all(re.fullmatch(r" - \d{4}-\d\d-\d\d", dated) for _, dated in versions)
