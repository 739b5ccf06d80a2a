import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.api.conditions import if_match, is_known, quoted
from shared.api.exchange import Request
from shared.errors import InputError, StaleError


def asking(**headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method="GET", path="/", headers=named)


def test_one_strong_etag_has_to_match() -> None:
    assert if_match(asking(if_match='"7-approved"')) == "7-approved"
    assert if_match(asking(if_match=' "7-approved" ')) == "7-approved"


def test_without_a_condition_and_with_a_star_anything_will_do() -> None:
    assert if_match(asking()) is None
    assert if_match(asking(if_match="*")) is None


def test_a_weak_etag_never_matches() -> None:
    with pytest.raises(StaleError):
        if_match(asking(if_match='W/"7-approved"'))


@pytest.mark.parametrize("given", ["", "7-approved", '"a", "b"', '"', '"a"b"', '"a\x00"', "w/*"])
def test_what_is_not_one_etag_is_told(given: str) -> None:
    with pytest.raises(InputError, match="If-Match"):
        if_match(asking(if_match=given))


@pytest.mark.parametrize("given", ['"7"', 'W/"7"', '"6", W/"7" ,"8"', "*", ' "7" '])
def test_what_the_caller_has_is_known(given: str) -> None:
    assert is_known(asking(if_none_match=given), "7")


@pytest.mark.parametrize("given", ["", '"6"', "7", '"77"', '"6", "8"', '"'])
def test_what_the_caller_has_not_is_not_known(given: str) -> None:
    assert not is_known(asking(if_none_match=given), "7")


def test_without_a_header_nothing_is_known() -> None:
    assert not is_known(asking(), "7")


@given(st.from_regex("[0-9]{1,6}-[a-z_]{1,30}", fullmatch=True))
def test_an_etag_comes_back_as_it_was_given(etag: str) -> None:
    assert if_match(asking(if_match=quoted(etag))) == etag
    assert is_known(asking(if_none_match=quoted(etag)), etag)
