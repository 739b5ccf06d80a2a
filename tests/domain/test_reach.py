from collections.abc import Mapping
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from shared.domain.facts import AutopilotProfile, TenantFacts
from shared.domain.guid_set import GuidSet
from shared.domain.managed_device import ManagedDevice
from shared.domain.reach import Reach, facts_of
from shared.domain.tenant import Outcome, Policy, Profile, StatusPage, Target, TenantReading


def guid(number: int) -> str:
    return str(UUID(int=number))


ENTRA, USER, INTUNE = guid(1), guid(2), guid(3)
GROUP, OTHER = "g1", "g2"
ALL_DEVICES, ALL_USERS = Target("all_devices"), Target("all_users")
IN, OUT = Target("group", GROUP), Target("excluded_group", GROUP)
FILTERED = Target("all_devices", filtered=True)
NEW_KIND = Target("unrecognised")
MEMBER = {"group-devices-g1": GuidSet([ENTRA]), "group-users-g1": GuidSet()}
STRANGER = {"group-devices-g1": GuidSet(), "group-users-g1": GuidSet()}
BY_USER = {"group-devices-g1": GuidSet(), "group-users-g1": GuidSet([USER])}
EVENTS_READ = (Outcome("autopilot_events", "complete"),)


def device(**differing: Any) -> ManagedDevice:
    whole: dict[str, Any] = {
        "id": INTUNE,
        "entra_device_id": ENTRA,
        "user_id": USER,
        "user_name": "user@contoso.example",
        "autopilot_enrolled": True,
    }
    return ManagedDevice(**(whole | differing))


def policy(value: Any, *targets: Target, unread: bool = False) -> Policy:
    return Policy("p", "P", "EnableWindowsBackup", value, UNSET if unread else targets)


def page(updates: bool | UnsetType, priority: int, *targets: Target) -> StatusPage:
    return StatusPage(f"esp-{priority}", "ESP", priority, False, updates, targets)


def default(updates: bool | UnsetType = False) -> StatusPage:
    return StatusPage("esp", "Default", 0, True, updates, ())


def tenant(**lists: Any) -> TenantReading:
    return TenantReading(TenantFacts(), **lists)


def backup(
    policies: tuple[Policy, ...] | UnsetType,
    sets: Mapping[str, GuidSet] | None = None,
    **differing: Any,
) -> object:
    reach = Reach(tenant(backup_policies=policies), sets or {})
    return reach.of(device(**differing)).backup_policy


def updates(
    pages: tuple[StatusPage, ...] | UnsetType,
    sets: Mapping[str, GuidSet] | None = None,
    **differing: Any,
) -> object:
    reach = Reach(tenant(status_pages=pages), sets or {})
    return reach.of(device(**differing)).esp_quality_updates


@pytest.mark.parametrize(
    ("policies", "sets", "state"),
    [
        ((), {}, "notConfigured"),
        ((policy("enabled", ALL_DEVICES),), {}, "enabled"),
        ((policy("disabled", ALL_USERS),), {}, "disabled"),
        ((policy("enabled", IN),), MEMBER, "enabled"),
        ((policy("enabled", IN),), BY_USER, "enabled"),
        ((policy("enabled", IN),), STRANGER, "notConfigured"),
        ((policy("enabled", IN),), {}, UNSET),
        ((policy("enabled", IN, ALL_DEVICES),), {}, "enabled"),
        ((policy("enabled", ALL_DEVICES, OUT),), MEMBER, "notConfigured"),
        ((policy("enabled", ALL_DEVICES, OUT),), BY_USER, "notConfigured"),
        ((policy("enabled", ALL_DEVICES, OUT),), STRANGER, "enabled"),
        ((policy("enabled", ALL_DEVICES, OUT),), {}, UNSET),
        ((policy("enabled", FILTERED),), {}, "depends_on_filter"),
        ((policy("enabled", FILTERED, ALL_USERS),), {}, "enabled"),
        ((policy("enabled", FILTERED), policy("enabled", ALL_DEVICES)), {}, "enabled"),
        ((policy("disabled", FILTERED), policy("enabled", ALL_DEVICES)), {}, "depends_on_filter"),
        ((policy("disabled", ALL_USERS), policy("enabled", ALL_DEVICES)), {}, "conflicting"),
        ((policy("unrecognised", ALL_DEVICES),), {}, UNSET),
        ((policy("unrecognised", IN),), STRANGER, "notConfigured"),
        ((policy("enabled", NEW_KIND),), {}, UNSET),
        ((policy("enabled", unread=True),), {}, UNSET),
        ((policy("enabled", unread=True), policy("enabled", ALL_DEVICES)), {}, "enabled"),
        ((policy("enabled"),), {}, "notConfigured"),
        (UNSET, {}, UNSET),
    ],
)
def test_a_policy_reaches_as_its_assignments_say(
    policies: tuple[Policy, ...] | UnsetType, sets: dict[str, GuidSet], state: object
) -> None:
    assert backup(policies, sets) == state


@pytest.mark.parametrize(
    ("user", "state"),
    [
        ({"user_id": ""}, "notConfigured"),
        ({"user_id": guid(0)}, "notConfigured"),
        ({"user_id": UNSET, "user_name": ""}, "notConfigured"),
        ({"user_id": UNSET}, "enabled"),
        ({"user_id": UNSET, "user_name": UNSET}, UNSET),
        ({"user_name": ""}, "enabled"),
    ],
)
def test_all_users_means_every_device_with_a_user(user: dict[str, Any], state: object) -> None:
    assert backup((policy("enabled", ALL_USERS),), **user) == state


@pytest.mark.parametrize(
    ("ids", "state"),
    [
        ({"entra_device_id": None, "user_id": ""}, "notConfigured"),
        ({"entra_device_id": guid(0), "user_id": guid(0)}, "notConfigured"),
        ({"entra_device_id": UNSET}, UNSET),
        ({"user_id": UNSET}, UNSET),
    ],
)
def test_a_device_is_in_no_group_without_ids_and_who_knows_when_they_were_not_read(
    ids: dict[str, Any], state: object
) -> None:
    assert backup((policy("enabled", IN),), STRANGER, **ids) == state


@pytest.mark.parametrize(
    ("pages", "sets", "autopilot", "answer"),
    [
        ((default(),), {}, True, False),
        ((default(True),), {}, False, True),
        ((default(UNSET),), {}, True, UNSET),
        ((default(), page(True, 1, ALL_DEVICES)), {}, False, True),
        ((default(), page(True, 1, ALL_USERS)), {}, True, False),
        ((page(False, 9, ALL_DEVICES), page(True, 2, ALL_DEVICES)), {}, True, True),
        ((default(), page(True, 1, IN)), MEMBER, True, True),
        ((default(), page(True, 1, IN)), MEMBER, False, False),
        ((default(), page(True, 1, IN)), MEMBER, UNSET, UNSET),
        ((default(), page(True, 1, IN)), MEMBER, None, UNSET),
        ((default(), page(True, 1, IN)), STRANGER, UNSET, False),
        ((default(), page(True, 1, IN)), BY_USER, True, False),
        ((default(), page(True, 1, IN)), {}, True, UNSET),
        ((default(), page(True, 1, IN)), {}, False, False),
        ((default(), page(False, 1, IN)), {}, True, False),
        ((default(), page(True, 1, ALL_DEVICES, OUT)), MEMBER, True, False),
        ((default(), page(True, 1, ALL_DEVICES, OUT)), MEMBER, False, False),
        ((default(), page(True, 1, ALL_DEVICES, OUT)), STRANGER, False, True),
        ((default(), page(True, 1, FILTERED)), {}, True, "depends_on_filter"),
        ((default(), page(False, 1, FILTERED)), {}, True, False),
        ((default(UNSET), page(False, 1, FILTERED)), {}, True, UNSET),
        ((default(), page(True, 1, NEW_KIND)), {}, True, UNSET),
        ((), {}, True, UNSET),
        (UNSET, {}, True, UNSET),
    ],
)
def test_the_status_page_that_applies_is_the_first_one_aimed_at_the_device(
    pages: tuple[StatusPage, ...] | UnsetType,
    sets: dict[str, GuidSet],
    autopilot: bool | UnsetType | None,
    answer: object,
) -> None:
    assert updates(pages, sets, autopilot_enrolled=autopilot) == answer


JOIN = "azureADWindowsAutopilotDeploymentProfile"
USER_DRIVEN = Profile("user", "User", JOIN, "singleUser", False)
KIOSK = Profile("kiosk", "Kiosk", JOIN, "shared", False)


@pytest.mark.parametrize(
    ("profiles", "sets", "found"),
    [
        ((USER_DRIVEN,), {}, None),
        ((KIOSK,), {"profile-devices-kiosk": GuidSet([INTUNE])}, AutopilotProfile(JOIN, "shared")),
        ((KIOSK,), {"profile-devices-kiosk": GuidSet([ENTRA])}, AutopilotProfile(JOIN, "shared")),
        ((KIOSK,), {"profile-devices-kiosk": GuidSet()}, None),
        ((KIOSK,), {}, UNSET),
        (UNSET, {}, UNSET),
    ],
)
def test_the_autopilot_profile_is_found_by_either_id(
    profiles: tuple[Profile, ...] | UnsetType, sets: dict[str, GuidSet], found: Any
) -> None:
    reached = Reach(tenant(profiles=profiles), sets).of(device()).autopilot_profile
    if isinstance(found, AutopilotProfile):
        found = AutopilotProfile(found.type, found.device_usage_type, False)
    assert reached == found


def test_the_newest_blocking_event_is_found_and_its_absence_needs_the_whole_list() -> None:
    sets = {"event-devices-offlineDomainJoined": GuidSet([INTUNE])}
    reach = Reach(tenant(outcomes=EVENTS_READ), sets)
    assert reach.of(device()).autopilot_event == "offlineDomainJoined"
    assert reach.of(device(id=guid(9))).autopilot_event is None
    assert Reach(tenant(), sets).of(device(id=guid(9))).autopilot_event is UNSET


def test_devices_that_stand_alike_share_one_answer() -> None:
    reach = Reach(tenant(backup_policies=(policy("enabled", IN),)), STRANGER)
    first = reach.of(device())
    assert reach.of(device(id=guid(8), entra_device_id=guid(9), user_name="other")) is first


def test_facts_are_put_together_without_identities() -> None:
    reached = Reach(tenant(backup_policies=(policy("enabled", ALL_DEVICES),)), {}).of(device())
    facts = facts_of(
        device(
            device_name="PC",
            manufacturer="Microsoft Corporation",
            model="Virtual Machine",
            sku_number=4,
        ),
        reached,
    )
    assert (facts.has_user, facts.hyper_v_guest, facts.sku_number) == (True, True, 4)
    assert facts.backup_policy == "enabled"
    assert facts.esp_quality_updates is UNSET
    told = repr(facts)
    assert not any(secret in told for secret in (ENTRA, USER, INTUNE, "PC", "contoso"))


kinds = st.sampled_from(["all_devices", "all_users", "group", "excluded_group", "unrecognised"])
targets = st.builds(
    lambda kind, group, filtered: Target(kind, group if "group" in kind else None, filtered),
    kinds,
    st.sampled_from([GROUP, OTHER]),
    st.booleans(),
)
assigned = st.one_of(st.just(UNSET), st.lists(targets, max_size=2).map(tuple))
some_policies = st.lists(
    st.builds(
        Policy,
        st.just("p"),
        st.just("P"),
        st.just("S"),
        st.sampled_from(["enabled", "disabled", "unrecognised"]),
        assigned,
    ),
    max_size=3,
).map(tuple)
UPDATES: list[bool | UnsetType] = [True, False, UNSET]
some_pages = st.lists(st.tuples(st.sampled_from(UPDATES), assigned), max_size=3).map(
    lambda pages: (
        default(),
        *(StatusPage(str(n), "", n, False, u, t) for n, (u, t) in enumerate(pages)),
    )
)
some_sets = st.dictionaries(
    st.sampled_from([f"group-{kind}-{g}" for kind in ("devices", "users") for g in (GROUP, OTHER)]),
    st.sampled_from([GuidSet(), GuidSet([ENTRA, USER])]),
)
some_devices = st.builds(
    device,
    entra_device_id=st.sampled_from([ENTRA, None, UNSET]),
    user_id=st.sampled_from([USER, "", UNSET]),
    user_name=st.sampled_from(["user", "", UNSET]),
    autopilot_enrolled=st.booleans(),
)


class Worlds:
    """Slow and obvious: every open question is answered both ways, and the answers compared.

    A question is (an assignment, what is open about it); filters are told apart from what was not
    read, because an answer that hangs on what was not read is not an answer.
    """

    def __init__(self, sets: Mapping[str, GuidSet], asked: ManagedDevice) -> None:
        self.sets, self.device = sets, asked
        self.open: list[tuple[object, str]] = []
        self.world: dict[tuple[object, str], bool] = {}

    def ask(self, *question: Any) -> bool:
        if question not in self.open:
            self.open.append(question)
        return self.world.get(question, False)

    def member(self, key: object, kind: str, group: str | None) -> bool:
        of = self.device.entra_device_id if kind == "devices" else self.device.user_id
        found = self.sets.get(f"group-{kind}-{group}")
        if of is UNSET or (of and found is None):
            return self.ask(key, f"unread {kind}")
        return bool(of) and found is not None and of in found

    def holds(self, key: object, target: Target, users: bool) -> bool:
        if target.kind == "all_users":
            user = self.device.user_name if self.device.user_id is UNSET else self.device.user_id
            held = users and (self.ask(key, "unread user") if user is UNSET else bool(user))
        elif target.kind == "unrecognised":
            held = self.ask(key, "unread kind")
        elif target.kind == "all_devices":
            held = True
        else:
            by_device = self.member(key, "devices", target.group)
            held = by_device or (users and self.member(key, "users", target.group))
        open_filter = self.ask(key, "filter") if target.filtered else True
        return held and open_filter

    def reaches(
        self, key: object, targets: tuple[Target, ...] | UnsetType, users: bool, groups: bool
    ) -> bool:
        if targets is UNSET:
            return self.ask(key, "unread targets")
        held = [
            (t.kind, self.holds((key, n), t, users))
            for n, t in enumerate(targets)
            if groups or t.kind != "group"
        ]
        excluded = any(h for kind, h in held if kind == "excluded_group")
        return not excluded and any(h for kind, h in held if kind != "excluded_group")

    def policies(self, policies: tuple[Policy, ...]) -> object:
        values = {p.value for n, p in enumerate(policies) if self.reaches(n, p.targets, True, True)}
        if {"enabled", "disabled"} <= values:
            return "conflicting"
        if "unrecognised" in values:
            return UNSET
        return next(iter(values), "notConfigured")

    def pages(self, pages: tuple[StatusPage, ...]) -> object:
        groups = bool(self.device.autopilot_enrolled)
        reached = [
            p for p in pages if not p.default and self.reaches(p.id, p.targets, False, groups)
        ]
        return min(reached, key=lambda p: p.priority, default=pages[0]).quality_updates

    def all_answers(self, judge: Any, of: Any) -> object:
        judge(of)
        filters = [q for q in self.open if q[1] == "filter"]
        unread = [q for q in self.open if q[1] != "filter"]
        by_filters: list[set[object]] = []
        for filtered in product([False, True], repeat=len(filters)):
            answers: set[object] = set()
            for guessed in product([False, True], repeat=len(unread)):
                self.world = dict(zip(filters + unread, filtered + guessed, strict=True))
                answers.add(judge(of))
            by_filters.append(answers)
        if any(len(answers) > 1 or UNSET in answers for answers in by_filters):
            return UNSET
        answers = set.union(*by_filters)
        return answers.pop() if len(answers) == 1 else "depends_on_filter"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(some_policies, some_sets, some_devices)
def test_policies_come_to_what_holds_in_every_possible_world(
    policies: tuple[Policy, ...], sets: dict[str, GuidSet], asked: ManagedDevice
) -> None:
    worlds = Worlds(sets, asked)
    reached = Reach(tenant(backup_policies=policies), sets).of(asked)
    assert reached.backup_policy == worlds.all_answers(worlds.policies, policies)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(some_pages, some_sets, some_devices)
def test_the_status_page_comes_to_what_holds_in_every_possible_world(
    pages: tuple[StatusPage, ...], sets: dict[str, GuidSet], asked: ManagedDevice
) -> None:
    worlds = Worlds(sets, asked)
    reached = Reach(tenant(status_pages=pages), sets).of(asked)
    assert reached.esp_quality_updates == worlds.all_answers(worlds.pages, pages)
