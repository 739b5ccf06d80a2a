from collections.abc import Iterator
from datetime import date
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from shared.domain.assessment import Judgement, judge
from shared.domain.editions import DEFAULT_EDITION, EDITIONS
from shared.domain.facts import Facts, TenantFacts
from shared.domain.rule import CAPABILITIES, Capability, Finding
from shared.rules import all_rules
from tests.builders import NEW, OLD, TODAY, device, tenant
from tests.cases import OWN, SHARED, KnownCase, mismatches, read_cases
from tests.oracle import Answer, oracle
from tests.rules.values import BRANCHES, DAYS, DEVICE, TENANT, UBRS, VERSIONS

ONE_SKU_OF_EACH_KIND = (4, 48, 125, 999, None, UNSET)

builds = st.builds("10.0.{}.{}".format, st.sampled_from(BRANCHES), st.sampled_from(UBRS))
drawn = {name: st.sampled_from(values) for name, values in DEVICE.items()}
any_device = st.builds(Facts, **(drawn | {"os_version": builds | st.sampled_from(VERSIONS)}))
differing_device = st.builds(
    lambda other, names: device(**{name: getattr(other, name) for name in names}),
    any_device,
    st.sets(st.sampled_from(Facts.__struct_fields__), max_size=6),
)
any_tenant = st.builds(
    TenantFacts, **{name: st.sampled_from(values) for name, values in TENANT.items()}
)


def disagreements(
    facts: Facts,
    at: TenantFacts | None = None,
    *,
    edition: str = OLD,
    as_of: date = TODAY,
    strict: bool = False,
) -> Iterator[str]:
    """Say where the rules and the oracle differ."""
    at = at or tenant()
    judged = judge(all_rules(), facts, at, EDITIONS[edition], as_of, strict_servicing=strict)
    for capability in CAPABILITIES:
        by_rules = answer_of(judged.of(capability))
        by_oracle = oracle(facts, at, capability, edition, as_of, strict=strict)
        if by_rules != by_oracle:
            yield (
                f"{capability} in {edition} on {as_of}: {facts} in {at}\n"
                f"rules:  {by_rules}\noracle: {by_oracle}"
            )


def answer_of(judgement: Judgement) -> Answer:
    blockers, unknowns, warnings = (
        {finding.reason for finding in findings}
        for findings in (judgement.blockers, judgement.unknowns, judgement.warnings)
    )
    return Answer(judgement.verdict, judgement.ready, blockers, unknowns, warnings)


@settings(max_examples=600, deadline=None, derandomize=True)
@given(
    any_device | differing_device,
    any_tenant | st.just(tenant()),
    st.sampled_from([OLD, NEW]),
    st.sampled_from([TODAY, *DAYS]),
    st.booleans(),
)
def test_the_rules_agree_with_the_oracle_on_any_device(
    facts: Facts, at: TenantFacts, edition: str, as_of: date, strict: bool
) -> None:
    assert list(disagreements(facts, at, edition=edition, as_of=as_of, strict=strict)) == []


@pytest.mark.parametrize("edition", [OLD, NEW])
def test_they_agree_on_any_two_facts_of_an_otherwise_perfect_device(edition: str) -> None:
    for one, other in combinations(DEVICE | TENANT, 2):
        for values in product((DEVICE | TENANT)[one], (DEVICE | TENANT)[other]):
            facts: dict[str, Any] = {}
            at: dict[str, Any] = {}
            for name, value in zip((one, other), values, strict=True):
                (facts if name in DEVICE else at)[name] = value
            assert not [*disagreements(device(**facts), tenant(**at), edition=edition)]


@pytest.mark.parametrize("edition", [OLD, NEW])
def test_they_agree_on_either_side_of_every_threshold_of_every_branch(edition: str) -> None:
    for branch, ubr, updated in product(BRANCHES, UBRS, (True, False)):
        facts = device(os_version=f"10.0.{branch}.{ubr}", esp_quality_updates=updated)
        assert not [*disagreements(facts, edition=edition)]


@pytest.mark.parametrize("strict", [False, True])
def test_they_agree_on_either_side_of_the_last_day_of_every_release(strict: bool) -> None:
    for branch, sku, as_of in product(BRANCHES, ONE_SKU_OF_EACH_KIND, DAYS):
        facts = device(os_version=f"10.0.{branch}.9999", sku_number=sku)
        assert not [*disagreements(facts, as_of=as_of, strict=strict)]


def oracle_on(known: KnownCase, capability: Capability) -> Judgement:
    """Let the oracle answer a case, in the form that cases are compared in."""
    case = known.case
    edition, as_of = case.edition or DEFAULT_EDITION, case.as_of or TODAY
    answer = oracle(case.facts, case.tenant, capability, edition, as_of)
    findings = (
        *(Finding(reason, "blocker", "verdict") for reason in answer.blockers),
        *(Finding(reason, "unknown", "verdict") for reason in answer.unknowns),
        *(Finding(reason, "warning", "verdict") for reason in answer.warnings),
    )
    return Judgement(answer.verdict, answer.ready, findings)


@pytest.mark.parametrize(
    "path",
    [
        OWN,
        pytest.param(
            SHARED,
            marks=pytest.mark.skipif(not SHARED.exists(), reason="../shared/cases is not here"),
        ),
    ],
    ids=["own", "shared"],
)
def test_the_oracle_answers_every_case_as_expected(path: Path) -> None:
    for known in read_cases(path):
        for capability in CAPABILITIES:
            if expected := known.known.expected.get(capability):
                assert mismatches(oracle_on(known, capability), expected) == [], known.case.id
