import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.addresses import without_addresses


@pytest.mark.parametrize(
    "address",
    [
        "ada@contoso.com",
        "zoe.o'contoso+x@mail.contoso.com",
        "Zoë@büro.example",
        "https://prod-1.logic.azure.com:443/workflows/1?sig=s3cr3t",
        "smtp://user:password@mail.contoso.com",
    ],
)
def test_an_address_is_left_out_wherever_it_stands(address: str) -> None:
    for around in (
        "{}",
        "<{}>",
        "550 5.1.1 <{}>: unknown",
        "'{}' is none",
        "to={},",
        "/users/{}/x",
    ):
        said = without_addresses(around.format(address))
        assert "(address)" in said
        assert not any(part in said for part in ("contoso", "büro", "logic", "s3cr3t", "password"))


@pytest.mark.parametrize("text", ["the webhook of ops answered 404: copy it anew", "4.2.0 at @ 5"])
def test_everything_else_stays(text: str) -> None:
    assert without_addresses(text) == text


@given(st.text())
def test_what_was_left_out_once_needs_no_second_time(text: str) -> None:
    assert without_addresses(without_addresses(text)) == without_addresses(text)
