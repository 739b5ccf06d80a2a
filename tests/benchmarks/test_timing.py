"""Contestants take turns, and the fastest time of each input counts."""

import pytest

from benchmarks import timing
from benchmarks.timing import fastest


def test_contestants_take_turns_input_by_input() -> None:
    seen: list[str] = []
    fastest([lambda n: seen.append(f"a{n}"), lambda n: seen.append(f"b{n}")], [1, 2], 2, int)
    assert seen == ["a1", "b1", "a2", "b2"] * 2


def test_each_input_counts_at_its_fastest(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 5.0, 10.0, 12.0, 20.0, 21.0, 30.0, 37.0])
    monkeypatch.setattr(timing, "perf_counter", lambda: next(clock))
    assert fastest([str], [1, 2], 2, int) == [1.0 + 2.0]


def test_every_contestant_gets_an_input_prepared_anew() -> None:
    got: list[list[int]] = []
    fastest([got.append, got.append], [1], 2, lambda n: [n])
    assert got == [[1]] * 4
    assert len({id(one) for one in got}) == 4
