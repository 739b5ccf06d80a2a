"""The peers answer the same question as this product."""

from importlib.util import find_spec

import pytest

from benchmarks.blockers import agree, custodian, lambdas, ours, page_of, zen
from benchmarks.fleet import bodies
from benchmarks.twelve import TWELVE

DEVICES = 3_000


@pytest.fixture(scope="module")
def served() -> list[bytes]:
    return list(bodies("ready", DEVICES))


def test_the_lambdas_list_the_blockers_that_the_product_lists(served: list[bytes]) -> None:
    agree(served, {"lambdas": lambdas})


@pytest.mark.skipif(find_spec("c7n") is None, reason="c7n lives in .venv-bench")
def test_cloud_custodian_lists_the_blockers_that_the_product_lists(served: list[bytes]) -> None:
    agree(served, {"c7n": custodian})


@pytest.mark.skipif(find_spec("zen") is None, reason="zen-engine lives in .venv-bench")
def test_zen_lists_the_blockers_that_the_product_lists(served: list[bytes]) -> None:
    agree(served, {"zen-engine": zen})


def test_a_peer_that_answers_otherwise_is_named(served: list[bytes]) -> None:
    with pytest.raises(AssertionError, match="mute lists"):
        agree(served, {"mute": lambda: lambda page: [[] for _ in page.facts]})


def test_every_predicate_but_the_platform_holds_for_some_device(served: list[bytes]) -> None:
    listed = ours()
    found = {code for body in served for codes in listed(page_of(body)) for code in codes}
    assert found == {condition.code for condition in TWELVE} - {"platform_not_windows"}
