import pytest
from msgspec import UNSET

from shared.domain.builds import Build, parse
from shared.domain.facts import Text


@pytest.mark.parametrize(
    ("text", "build"),
    [
        ("10.0.22631.5768", Build(22631, 5768)),
        ("22631.5768", Build(22631, 5768)),
        ("  10.0.26100.4946 ", Build(26100, 4946)),
        ("10.0.26100", Build(26100)),
        ("28000", Build(28000)),
        ("10.0.26100.10001", Build(26100, 10001)),
    ],
)
def test_an_os_version_is_read_with_or_without_its_prefix_and_revision(
    text: str, build: Build
) -> None:
    assert parse(text) == build


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            ".".join("0000"),
            "10.0.0.0",
            "26.1",
            "6.3.9600",
            "10.0.9600.1",
            "10.0",
            "Windows 11",
        ),
        *("10.0.26100.", "10.0.26100.x", "10.0.26100.-1", "10.0.26100.4946.1", "10.0.261000.1"),
        *("11.0.26100.4946", "1０.0.26100.4946", "10.0.2610٠.4946", "10.0.00000.1", None, UNSET),
    ],
)
def test_whatever_is_not_an_os_version_is_none(text: Text) -> None:
    assert parse(text) is None


def test_a_build_is_shown_as_administrators_write_it() -> None:
    assert str(Build(26100, 4946)) == "26100.4946"
    assert str(Build(28000)) == "28000"


def test_builds_have_no_order() -> None:
    with pytest.raises(TypeError):
        sorted([Build(26100, 2033), Build(22631, 5768)])  # type: ignore[type-var]
