import pytest
from msgspec import UNSET

from shared.domain.facts import Number, Text
from shared.rules.edition import RULE
from tests.builders import codes, device, found


@pytest.mark.parametrize("number", [119, 123, 131, 136, 202, 203])
def test_an_excluded_number_is_blocked_whatever_the_family_says(number: int) -> None:
    facts = device(sku_number=number, sku_family="Enterprise")
    assert codes(found(RULE, facts)) == ["sku_unsupported"]


@pytest.mark.parametrize("number", [4, 48, 121, 125, 175, 188, 999])
def test_any_other_number_passes_whatever_the_family_says(number: int) -> None:
    assert found(RULE, device(sku_number=number, sku_family="CloudEdition")) == ()


@pytest.mark.parametrize("number", [0, None, UNSET])
def test_the_family_decides_where_there_is_no_number(number: Number) -> None:
    assert codes(found(RULE, device(sku_number=number, sku_family="holoGRAPHIC"))) == [
        "sku_unsupported"
    ]
    assert found(RULE, device(sku_number=number, sku_family="Professional")) == ()


@pytest.mark.parametrize("family", ["IoTEnterprise", "CloudEditionX", "Cloud", "IoT"])
def test_a_family_is_never_matched_by_its_beginning(family: str) -> None:
    assert found(RULE, device(sku_number=0, sku_family=family)) == ()


@pytest.mark.parametrize("number", [0, None, UNSET])
@pytest.mark.parametrize("family", ["", None, UNSET])
def test_neither_number_nor_family_is_unknown(number: Number, family: Text) -> None:
    assert codes(found(RULE, device(sku_number=number, sku_family=family))) == ["unknown_sku"]
