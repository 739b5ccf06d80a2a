from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from shared.domain.assessment import Judgement
from shared.domain.facts import AutopilotProfile, Facts, TenantFacts
from shared.domain.rule import CAPABILITIES, Capability
from shared.rules import reasons, rule_of
from tests.builders import NEW, OLD, device, judged, tenant

RANK = {"ineligible": 0, "unknown": 1, "eligible": 2, "no": 0, "yes": 2}
BRANCHES = (17763, 19044, 19045, 22000, 22621, 22631, 22635, 26100, 26120, 26200, 26300, 28000)

REQUIRED: dict[Capability, tuple[str, ...]] = {
    "backup": ("operating_system", "os_version", "has_user"),
    "restore": ("operating_system", "os_version", "has_user", "enrollment_type"),
    "first_sign_in_restore": ("operating_system", "os_version", "has_user"),
}
REQUIRED_IN_PAIRS = (("sku_number", "sku_family"), ("join_type", "trust_type"))

odd = st.sampled_from(["", None, UNSET, "unknown", "somethingNew"])
flags = st.sampled_from([True, False, None, UNSET])
known_flags = st.sampled_from([True, False, UNSET])
policies = st.sampled_from(
    ["enabled", "disabled", "notConfigured", "depends_on_filter", "conflicting", UNSET]
)
revisions = st.integers(0, 12_000) | st.sampled_from([1301, 3958, 4652, 4770, 4946, 5768, 7922])
versions = odd | st.builds("10.0.{}.{}".format, st.sampled_from(BRANCHES), revisions)


def among(*values: object) -> st.SearchStrategy[Any]:
    return st.sampled_from(values) | odd


facts_values = st.fixed_dictionaries(
    {
        "operating_system": among("Windows", "Windows", "windows", "iOS"),
        "os_version": versions,
        "join_type": among("azureADJoined", "hybridAzureADJoined", "azureADRegistered"),
        "trust_type": among("AzureAd", "ServerAd", "Workplace"),
        "enrollment_type": among(
            *("windowsAzureADJoin", "windowsAzureADJoinUsingDeviceAuth", "windowsCoManagement"),
            *("userEnrollment", "windowsAutoEnrollment", "windowsBulkUserless"),
            *("deviceEnrollmentManager", "windowsBulkAzureDomainJoin"),
        ),
        "management_agent": among("mdm", "configurationManagerClientMdm"),
        "autopilot_enrolled": flags,
        "autopilot_event": among(
            *("azureADJoinedWithWhiteGlove", "offlineDomainJoinedWithWhiteGlove"),
            "azureADJoinedUsingDeviceAuthWithAutopilotProfile",
        ),
        "autopilot_profile": st.sampled_from([None, UNSET])
        | st.builds(AutopilotProfile, device_usage_type=among("shared", "singleUser")),
        "has_user": known_flags,
        "sku_number": st.sampled_from([0, 4, 7, 48, 119, 125, 175, 188, 203, None, UNSET]),
        "sku_family": among("Enterprise", "CloudEdition"),
        "hyper_v_guest": known_flags,
        "reprovision_method": st.sampled_from(["wipe_then_oobe", "as_enrolled", "autopilot_reset"]),
        "esp_quality_updates": st.sampled_from([True, False, "depends_on_filter", UNSET]),
        "backup_policy": policies,
        "first_sign_in_policy": policies,
        "has_backup_profile": known_flags,
    }
)
nearly_perfect = st.builds(
    lambda values, names: device(**{name: values[name] for name in names}),
    facts_values,
    st.sets(st.sampled_from(Facts.__struct_fields__), max_size=2),
)
any_facts = nearly_perfect | st.builds(lambda values: Facts(**values), facts_values)
any_tenant = st.builds(
    TenantFacts,
    cloud=st.sampled_from(["commercial", "gcc", "gcchigh", "dod", "china", UNSET]),
    restore_state=st.sampled_from(["enabled", "disabled", "notConfigured", UNSET]),
    phishing_resistant_mfa=known_flags,
    region=st.sampled_from(["DMA", "non-DMA", UNSET]),
)
editions = st.sampled_from([OLD, NEW])
capabilities = st.sampled_from(CAPABILITIES)
quick = settings(max_examples=150, deadline=None, derandomize=True)


@quick
@given(any_facts, any_tenant, editions, st.sampled_from(BRANCHES), st.tuples(revisions, revisions))
def test_a_newer_revision_of_a_branch_never_makes_an_answer_worse(
    facts: Facts, at: TenantFacts, edition: str, branch: int, ubrs: tuple[int, int]
) -> None:
    older, newer = (
        judged(msgspec.structs.replace(facts, os_version=f"{branch}.{ubr}"), at, edition)
        for ubr in sorted(ubrs)
    )
    for capability in CAPABILITIES:
        assert RANK[older.of(capability).verdict] <= RANK[newer.of(capability).verdict]
        assert RANK[older.of(capability).ready] <= RANK[newer.of(capability).ready]


@quick
@given(any_facts, any_tenant, editions, capabilities, st.data())
def test_a_device_with_a_required_fact_unread_is_never_eligible(
    facts: Facts, at: TenantFacts, edition: str, capability: Capability, data: st.DataObject
) -> None:
    single = [(name,) for name in REQUIRED[capability]]
    names = data.draw(st.sampled_from([*single, *REQUIRED_IN_PAIRS]))
    unread = msgspec.structs.replace(facts, **dict.fromkeys(names, UNSET))
    judgement = judged(unread, at, edition).of(capability)
    assert judgement.verdict != "eligible"
    assert judgement.ready != "yes"


@pytest.mark.parametrize("edition", [OLD, NEW])
@pytest.mark.parametrize("capability", CAPABILITIES)
def test_of_an_otherwise_perfect_device_an_unread_required_fact_is_unknown(
    capability: Capability, edition: str
) -> None:
    for names in [*((name,) for name in REQUIRED[capability]), *REQUIRED_IN_PAIRS]:
        facts = msgspec.structs.replace(device(), **dict.fromkeys(names, UNSET))
        assert judged(facts, edition=edition).of(capability).verdict == "unknown", names
    assert judged(tenant_facts=tenant(cloud=UNSET)).of(capability).verdict == "unknown"


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_of_a_device_of_which_nothing_was_read_nothing_is_said_but_unknowns(
    capability: Capability,
) -> None:
    judgement = judged(Facts(), TenantFacts()).of(capability)
    assert (judgement.verdict, judgement.ready) == ("unknown", "unknown")
    assert judgement.blockers == ()


@quick
@given(any_facts, any_tenant, editions, capabilities)
def test_every_finding_is_of_the_vocabulary_and_of_its_capability(
    facts: Facts, at: TenantFacts, edition: str, capability: Capability
) -> None:
    for finding in judged(facts, at, edition).of(capability).findings:
        assert reasons()[finding.reason, finding.kind].affects == finding.affects
        assert capability in rule_of(finding).capabilities


@quick
@given(any_facts, any_tenant, editions, capabilities)
def test_every_value_that_a_sentence_names_is_given(
    facts: Facts, at: TenantFacts, edition: str, capability: Capability
) -> None:
    for finding in judged(facts, at, edition).of(capability).findings:
        says = reasons()[finding.reason, finding.kind].says
        assert "{observed}" not in says or finding.observed
        assert "{required}" not in says or finding.required


@quick
@given(facts_values, any_tenant, editions, st.randoms(use_true_random=False))
def test_the_order_of_facts_is_irrelevant_and_the_same_facts_get_the_same_answer(
    values: dict[str, Any], at: TenantFacts, edition: str, random: Any
) -> None:
    names = list(values)
    random.shuffle(names)
    shuffled = Facts(**{name: values[name] for name in names})
    assert shuffled == Facts(**values)
    assert judged(shuffled, at, edition) == judged(Facts(**values), at, edition)


@quick
@given(any_facts, any_tenant, editions, capabilities)
def test_any_blocker_makes_ready_no_and_a_blocker_of_the_verdict_ineligible(
    facts: Facts, at: TenantFacts, edition: str, capability: Capability
) -> None:
    judgement: Judgement = judged(facts, at, edition).of(capability)
    of_verdict = [finding for finding in judgement.blockers if finding.affects == "verdict"]
    assert (judgement.verdict == "ineligible") == bool(of_verdict)
    assert (judgement.ready == "no") == bool(judgement.blockers)
    assert judgement.ready != "yes" or judgement.verdict == "eligible"


@quick
@given(facts_values, any_tenant, editions, st.sampled_from(["iOS", "macOS", "Windows Server"]))
def test_not_windows_is_the_whole_answer(
    values: dict[str, Any], at: TenantFacts, edition: str, system: str
) -> None:
    assessment = judged(Facts(**(values | {"operating_system": system})), at, edition)
    for capability in CAPABILITIES:
        (finding,) = assessment.of(capability).findings
        assert finding.reason == "platform_not_windows"


@quick
@given(any_facts, any_tenant)
def test_a_rule_depends_only_on_the_facts_it_says_it_reads(facts: Facts, at: TenantFacts) -> None:
    perfect, all_on = device(), tenant()
    for finding in judged(facts, at).restore.findings:
        rule = rule_of(finding)
        kept = {name: getattr(facts, name) for name in rule.reads if hasattr(facts, name)}
        kept_at = {name: getattr(at, name) for name in rule.reads if hasattr(at, name)}
        elsewhere_perfect = judged(
            msgspec.structs.replace(perfect, **kept), msgspec.structs.replace(all_on, **kept_at)
        )
        if elsewhere_perfect.restore.findings[0].reason != "platform_not_windows":
            assert finding in elsewhere_perfect.restore.findings


def test_the_order_in_which_tenant_facts_are_given_is_irrelevant() -> None:
    values = {"cloud": "dod", "restore_state": "disabled", "region": "DMA"}
    answers = {judged(tenant_facts=tenant(**dict(p))) for p in permutations(values.items())}
    assert len(answers) == 1
