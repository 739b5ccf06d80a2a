"""Time zones are those of the IANA database, and any other text is none."""

import pytest

from shared.domain.time_zones import is_time_zone


@pytest.mark.parametrize("name", ["UTC", "Europe/Amsterdam", "America/Argentina/Buenos_Aires"])
def test_a_time_zone_is_known_by_its_name(name: str) -> None:
    assert is_time_zone(name)


@pytest.mark.parametrize("name", ["", "Europe", "../etc", "/etc/localtime", "a\0b", "x" * 5000])
def test_a_strange_time_zone_is_just_not_known(name: str) -> None:
    assert not is_time_zone(name)
