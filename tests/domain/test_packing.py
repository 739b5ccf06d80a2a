"""Assessments packed for page blobs."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.facts import Facts
from shared.domain.packing import pack, unpack
from tests.builders import device, judged

some_facts = st.builds(
    Facts,
    os_version=st.sampled_from(["10.0.26100.4945", "10.0.26100.9550", "10.0.19045.6215", None]),
    join_type=st.sampled_from(["azureADJoined", "hybridAzureADJoined", "unknown"]),
    has_user=st.booleans(),
)


@given(some_facts)
def test_what_is_packed_is_unpacked_the_same(facts: Facts) -> None:
    assessment = judged(facts)
    packed = pack(assessment)
    assert unpack(packed.content, packed.findings) == assessment


@given(some_facts, some_facts)
def test_keys_are_equal_exactly_when_the_content_is(one: Facts, other: Facts) -> None:
    assert (pack(judged(one)).key == pack(judged(other)).key) == (judged(one) == judged(other))


def test_a_key_is_the_same_in_every_process() -> None:
    assert pack(judged(device())).key == "-SZko57M7Jg"


def test_a_finding_that_is_missing_is_an_error_and_no_empty_judgement() -> None:
    packed = pack(judged(device(has_user=False)))
    with pytest.raises(KeyError):
        unpack(packed.content, {})
    with pytest.raises(msgspec.DecodeError):
        unpack(msgspec.Raw(b'[["eligible"'), packed.findings)
