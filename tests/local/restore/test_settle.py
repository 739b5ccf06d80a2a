"""Waiting ends with the change, or when patience does; an app that is away does not end it."""

from collections.abc import Callable
from typing import cast

import httpx
import msgspec
import pytest

from local.restore.calls import Calls
from local.restore.settle import settled
from tests.local.restore.saying import told

Answer = httpx.Response | httpx.RequestError


class Clock:
    """Time that passes only in sleep."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Following:
    """Calls that find these answers, the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)

    def follow(self, location: str) -> httpx.Response:
        assert location == "/api/restore-setting/changes/c1"
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, httpx.RequestError):
            raise answer
        return answer


def said(state: str, status: int = 200, headers: dict[str, str] | None = None) -> httpx.Response:
    content = msgspec.json.encode(told(state=state))
    return httpx.Response(status, headers=headers, content=content)


ACCEPTED = said("applying", 202, {"Location": "/api/restore-setting/changes/c1"})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wait(clock: Clock) -> Callable[..., httpx.Response]:
    def waited(*answers: Answer, patience: float = 60) -> httpx.Response:
        calls = cast("Calls", Following(*answers))
        return settled(ACCEPTED, calls, patience, clock=clock, sleep=clock.sleep)

    return waited


@pytest.mark.parametrize("end", ["applied", "not_applied", "refused", "conflict"])
def test_it_ends_with_the_change(end: str, wait: Callable[..., httpx.Response]) -> None:
    answer = wait(said("unknown"), said("waiting_for_intune_approval"), said(end))

    assert msgspec.json.decode(answer.content)["state"] == end


def test_it_ends_with_patience_and_the_last_that_was_known(
    wait: Callable[..., httpx.Response], clock: Clock
) -> None:
    answer = wait(said("unknown"), patience=7)

    assert msgspec.json.decode(answer.content)["state"] == "unknown"
    assert clock.slept == [2, 2, 2, 2]


def test_an_app_that_is_away_for_a_while_does_not_end_it(
    wait: Callable[..., httpx.Response],
) -> None:
    away = httpx.ConnectError("refused")

    assert wait(away, httpx.Response(503), httpx.Response(429), said("applied")).is_success


def test_a_refusal_to_tell_ends_it(wait: Callable[..., httpx.Response]) -> None:
    assert wait(httpx.Response(401), said("applied")).status_code == 401


def test_it_looks_as_seldom_as_the_app_asks_within_reason(
    wait: Callable[..., httpx.Response], clock: Clock
) -> None:
    seldom = {"Retry-After": "10"}, {"Retry-After": "9999"}, {"Retry-After": "0"}
    wait(*(said("unknown", 200, each) for each in seldom), said("applied"), patience=600)

    assert clock.slept == [2, 10, 30, 2]
