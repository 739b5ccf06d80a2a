"""Good lines of the exemptions file count, and every fault of the others is told by its line."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.exemption import Exemption
from shared.use_cases.read_exemptions import read_exemptions, write_exemptions
from tests.telling_builders import exemption, unscoped

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def line(**differing: Any) -> str:
    table: dict[str, Any] = json.loads(write_exemptions((exemption(),)))
    return json.dumps({k: v for k, v in (table | differing).items() if v != "leave out"})


def problems(*lines: str) -> list[str]:
    return list(read_exemptions("\n".join(lines))[1])


def test_an_empty_file_holds_no_exemptions() -> None:
    assert read_exemptions("") == ((), ())
    assert read_exemptions("\n \r\n") == ((), ())


@given(st.lists(st.tuples(texts, texts), max_size=3))
def test_what_is_written_is_read_back(words: list[tuple[str, str]]) -> None:
    every = tuple(
        unscoped(id=f"e{n}", owner=f"o{owner}", category=f"c{category}")
        for n, (owner, category) in enumerate(words)
    )
    assert read_exemptions(write_exemptions(every)) == (every, ())
    assert read_exemptions(write_exemptions(every).replace("\n", "\r\n")) == (every, ())


def test_a_scope_that_is_not_given_is_not_written() -> None:
    assert write_exemptions((exemption(),)) == (
        '{"id":"e1","reason_code":"os_build_too_old","owner":"Zoë","why":"It is replaced in'
        ' spring.","created":"2026-11-22","expires":"2026-12-31","device":"NYC-LT-1"}\n'
    )


def test_a_bad_line_is_left_out_and_the_others_count() -> None:
    read, wrong = read_exemptions(f"{line()}\n\n{line(id='e2', owner='')}\n{line(id='e3')}\n")
    assert [each.id for each in read] == ["e1", "e3"]
    assert wrong == ("line 3: owner is empty",)


def test_every_fault_of_every_line_is_told() -> None:
    assert problems(
        "{",
        "[]",
        line(woner="x", owner="leave out", expires="soon"),
        line(reason_code="os_build_to_old", device=None),
    ) == [
        "line 1: is no JSON: Input data was truncated",
        "line 2: is not a table of fields",
        "line 3: woner is not known: did you mean 'owner'?",
        "line 3: owner is missing",
        "line 3: expires cannot be read: it must be a date such as 2026-11-22",
        "line 4: device is missing: name a device, category, profile or model; to keep a reason"
        " from everybody, use a route",
        "line 4: reason_code is not known: did you mean 'os_build_too_old'?",
    ]


def test_of_two_lines_with_one_id_the_first_counts() -> None:
    read, wrong = read_exemptions(f"{line()}\n{line(device='other')}")
    assert read == (exemption(),)
    assert wrong == ("line 2: id is that of a line above",)


def test_a_line_separator_within_a_name_does_not_end_the_line() -> None:
    kept: tuple[Exemption, ...] = (exemption(why="a\u2028b\x85c"),)
    assert read_exemptions(write_exemptions(kept)) == (kept, ())
