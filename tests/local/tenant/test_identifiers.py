from hypothesis import given
from hypothesis import strategies as st

from local.tenant.identifiers import INDEX_LIMIT, Identifiers

GUIDS = Identifiers(2026, "intune")


@given(st.integers(0, INDEX_LIMIT - 1))
def test_a_guid_gives_back_its_index(index: int) -> None:
    assert GUIDS.index(GUIDS.guid(index)) == index
    assert GUIDS.index(GUIDS.guid(index).upper()) == index


@given(st.uuids())
def test_a_guid_made_elsewhere_has_no_index(guid: object) -> None:
    assert GUIDS.index(str(guid)) is None


def test_a_guid_of_another_kind_or_seed_has_no_index() -> None:
    assert GUIDS.index(Identifiers(2026, "entra").guid(7)) is None
    assert GUIDS.index(Identifiers(2027, "intune").guid(7)) is None


def test_what_is_no_guid_has_no_index() -> None:
    assert GUIDS.index("xyz") is None
    assert GUIDS.index(GUIDS.guid(7).replace("-", "")) is None


def test_serial_numbers_are_distinct() -> None:
    assert len({GUIDS.serial(i) for i in range(5_000)}) == 5_000
