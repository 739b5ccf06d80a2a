from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from msgspec import UNSET

from shared.adapters.graph.access_policies import PHISHING_RESISTANT_MFA, RESTORE_APP
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.paths import (
    ACCESS_POLICIES,
    AUTOPILOT_EVENTS,
    AUTOPILOT_PROFILES,
    CONFIGURATION_POLICIES,
    ENROLMENT_CONFIGURATIONS,
)
from shared.adapters.graph.tenant import GraphTenant
from shared.domain.feed import Watched
from shared.domain.guid_set import GuidSet
from shared.domain.tenant import Outcome, Target, TenantReading
from shared.errors import GraphError, GraphThrottledError, GraphUnavailableError
from tests.adapters.graph.conftest import Sleeps
from tests.adapters.graph.fake_graph import Asked, FakeGraph, Reply, error, listed, reply
from tests.adapters.graph.samples import needs_samples, sample

TENANT = "contoso.example"
LOGIN = f"/{TENANT}/v2.0/.well-known/openid-configuration"
NOT_THERE = (404, {"error": {"code": "ResourceNotFound"}})
RESTORE = {
    "@odata.type": "#microsoft.graph.windowsRestoreDeviceEnrollmentConfiguration",
    "id": "acc_WindowsRestore",
    "state": "enabled",
    "lastModifiedDateTime": "2026-10-03T13:01:20Z",
}
ESP_TYPE = "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration"
DEFAULT_ESP = {
    "@odata.type": ESP_TYPE,
    "id": "acc_DefaultWindows10EnrollmentCompletionPageConfiguration",
    "displayName": "All users and all devices",
    "priority": 0,
    "installQualityUpdates": False,
}
BACKUP = "device_vendor_msft_policy_config_settingssync_enablewindowsbackup"


def guid(number: int) -> str:
    return str(UUID(int=number))


class Scripted:
    """A tenant where all is well and nothing is configured, except for what a test says."""

    def __init__(self, graph: FakeGraph, client: GraphClient, login: GraphClient) -> None:
        self.graph = graph
        self.inner: dict[str, tuple[int, Any]] = {}
        self._tenant = GraphTenant(client, login, TENANT, "non-DMA")
        graph.on(LOGIN, reply({"issuer": "https://sts", "tenant_region_scope": "EU"}))
        self.configurations(RESTORE, DEFAULT_ESP)
        for path in (AUTOPILOT_PROFILES, AUTOPILOT_EVENTS, CONFIGURATION_POLICIES, ACCESS_POLICIES):
            graph.on(path, listed())
        graph.batches(lambda path: self.inner.get(path, NOT_THERE))

    def configurations(self, *items: dict[str, Any]) -> None:
        self.graph.on(ENROLMENT_CONFIGURATIONS, listed(*items))

    def policy(self, id_: str, settings: list[Any], *targets: dict[str, Any]) -> dict[str, Any]:
        path = f"/deviceManagement/configurationPolicies/{id_}"
        self.inner[f"{path}/settings"] = 200, {"value": settings}
        self.inner[f"{path}/assignments"] = 200, {"value": [{"target": t} for t in targets]}
        return {"id": id_, "name": f"Policy {id_}", "platforms": "windows10"}

    def status_page(self, id_: str, priority: int, *targets: dict[str, Any]) -> dict[str, Any]:
        path = f"/deviceManagement/deviceEnrollmentConfigurations/{id_}/assignments"
        self.inner[path] = 200, {"value": [{"target": t} for t in targets]}
        return {
            "@odata.type": ESP_TYPE,
            "id": id_,
            "priority": priority,
            "installQualityUpdates": True,
        }

    async def read(self) -> tuple[TenantReading, dict[str, GuidSet]]:
        reading, sets = await self._tenant.read()
        return reading, dict(sets)

    async def watch(self) -> Watched:
        return await self._tenant.watch()


@pytest.fixture
async def tenant(graph: FakeGraph, client: GraphClient, sleeps: Sleeps) -> AsyncIterator[Scripted]:
    async with GraphClient(graph.url, None, sleep=sleeps) as login:
        yield Scripted(graph, client, login)


def target(kind: str, **more: Any) -> dict[str, Any]:
    return {"@odata.type": f"#microsoft.graph.{kind}AssignmentTarget"} | more


def choice(definition: str, value: str, children: list[Any] | None = None) -> dict[str, Any]:
    return {
        "settingDefinitionId": definition,
        "choiceSettingValue": {"value": f"{definition}_{value}", "children": children or []},
    }


def setting(definition: str, value: str, children: list[Any] | None = None) -> dict[str, Any]:
    return {"id": "0", "settingInstance": choice(definition, value, children)}


def outcome(reading: TenantReading, name: str) -> Outcome:
    [found] = [o for o in reading.outcomes if o.name == name]
    return found


async def test_a_tenant_where_all_is_well_is_read_completely(tenant: Scripted) -> None:
    reading, sets = await tenant.read()
    assert {o.state for o in reading.outcomes} == {"complete"}
    assert reading.facts.cloud == "commercial"
    assert reading.facts.restore_state == "enabled"
    assert reading.facts.region == "non-DMA"
    assert reading.facts.phishing_resistant_mfa is False
    assert reading.backup_policies == ()
    assert sets == {}


@pytest.mark.parametrize(
    ("configuration", "cloud"),
    [
        ({"tenant_region_sub_scope": "GCC"}, "gcc"),
        ({"tenant_region_sub_scope": None}, "commercial"),
        ({"tenant_region_sub_scope": "DODCON"}, "gcchigh"),
        ({"tenant_region_sub_scope": "DOD"}, "dod"),
        ({"msgraph_host": "microsoftgraph.chinacloudapi.cn"}, "china"),
    ],
)
async def test_the_cloud_comes_from_the_sign_in_configuration_unsigned(
    tenant: Scripted, configuration: dict[str, Any], cloud: str
) -> None:
    tenant.graph.on(LOGIN, reply({"issuer": "https://sts"} | configuration))
    reading, _ = await tenant.read()
    assert reading.facts.cloud == cloud
    [asked] = tenant.graph.asked_for(LOGIN)
    assert "authorization" not in asked.headers


async def test_in_an_unsupported_cloud_nothing_else_is_read(tenant: Scripted) -> None:
    tenant.graph.on(LOGIN, reply({"issuer": "https://sts", "tenant_region_sub_scope": "DOD"}))
    reading, sets = await tenant.read()
    assert [a.path for a in tenant.graph.asked] == [LOGIN]
    assert [o.name for o in reading.outcomes] == ["cloud"]
    assert reading.restore_setting is UNSET
    assert sets == {}


@pytest.mark.parametrize(
    "answer",
    [
        reply({"tenant_region_sub_scope": "MOON", "issuer": "https://sts"}),
        reply({"hello": "captive portal"}),
        error(400, "invalid_tenant"),
    ],
)
async def test_a_cloud_that_cannot_be_told_is_open_and_the_rest_is_read(
    tenant: Scripted, answer: Reply
) -> None:
    tenant.graph.on(LOGIN, answer)
    reading, _ = await tenant.read()
    assert reading.facts.cloud is UNSET
    assert outcome(reading, "cloud").state == "failed"
    assert reading.facts.restore_state == "enabled"


@pytest.mark.parametrize(
    ("configurations", "said"),
    [
        ([], "0 restore settings"),
        ([RESTORE, RESTORE | {"id": "other_WindowsRestore"}], "2 restore settings"),
        ([RESTORE | {"id": "built-by-hand"}], "does not end in"),
        ([RESTORE | {"state": "sometimes"}], "'sometimes'"),
        ([RESTORE | {"state": None}], "None"),
        ([RESTORE | {"@odata.type": "#microsoft.graph.other"}], "0 restore settings"),
    ],
)
async def test_what_is_not_clearly_the_restore_setting_is_not_taken_for_it(
    tenant: Scripted, configurations: list[dict[str, Any]], said: str
) -> None:
    tenant.configurations(*configurations)
    reading, _ = await tenant.read()
    assert reading.restore_setting is UNSET
    assert reading.facts.restore_state is UNSET
    failed = outcome(reading, "restore_setting")
    assert failed.state == "failed"
    assert failed.reason is not None
    assert said in failed.reason


async def test_status_pages_carry_priority_and_targets(tenant: Scripted) -> None:
    group = guid(7)
    page = tenant.status_page(
        "esp-1",
        3,
        target("allDevices", deviceAndAppManagementAssignmentFilterId=guid(9)),
        target("exclusionGroup", groupId=group),
        target("somethingNew"),
    )
    tenant.configurations(RESTORE, DEFAULT_ESP, page)
    members = f"/v1.0/groups/{group}/transitiveMembers/microsoft.graph.device"
    tenant.graph.on(members, listed({"deviceId": guid(70)}))
    reading, sets = await tenant.read()
    default, assigned = reading.status_pages or ()
    assert (default.default, default.quality_updates, default.targets) == (True, False, ())
    assert (assigned.default, assigned.priority, assigned.quality_updates) == (False, 3, True)
    assert assigned.targets == (
        Target("all_devices", filtered=True),
        Target("excluded_group", group),
        Target("unrecognised"),
    )
    assert list(sets) == [f"group-devices-{group}"]


async def test_assignments_that_cannot_be_read_are_unset_and_the_list_is_partial(
    tenant: Scripted,
) -> None:
    page = tenant.status_page("esp-1", 1)
    tenant.inner.clear()
    tenant.configurations(RESTORE, DEFAULT_ESP, page)
    reading, _ = await tenant.read()
    assert [p.targets for p in reading.status_pages or ()] == [(), UNSET]
    assert outcome(reading, "status_pages").state == "partial"


async def test_only_profiles_that_can_block_have_their_devices_read(tenant: Scripted) -> None:
    join = "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile"
    hybrid = "#microsoft.graph.activeDirectoryWindowsAutopilotDeploymentProfile"
    user, shared = {"deviceUsageType": "singleUser"}, {"deviceUsageType": "shared"}
    tenant.graph.on(
        AUTOPILOT_PROFILES,
        listed(
            {"@odata.type": join, "id": "user", "outOfBoxExperienceSetting": user},
            {
                "@odata.type": join,
                "id": "kiosk",
                "outOfBoxExperienceSettings": shared,
                "enableWhiteGlove": True,
            },
            {"@odata.type": hybrid, "id": "hybrid", "outOfBoxExperienceSetting": user},
        ),
    )
    root = "/deviceManagement/windowsAutopilotDeploymentProfiles"
    identity = {"managedDeviceId": guid(1), "azureActiveDirectoryDeviceId": guid(2)}
    nobody = {"managedDeviceId": guid(0), "azureActiveDirectoryDeviceId": None}
    tenant.inner[f"{root}/kiosk/assignedDevices"] = 200, {"value": [identity, nobody]}
    reading, sets = await tenant.read()
    kiosk = (reading.profiles or ())[1]
    assert kiosk.type == "azureADWindowsAutopilotDeploymentProfile"
    assert (kiosk.device_usage_type, kiosk.preprovisioning_allowed) == ("shared", True)
    assert sets == {"profile-devices-kiosk": GuidSet([guid(1), guid(2)])}
    assert outcome(reading, "autopilot_profile_devices").state == "partial"


async def test_only_the_newest_event_of_a_device_counts_and_only_if_it_can_block(
    tenant: Scripted,
) -> None:
    def event(device: int, at: str, kind: str | None) -> dict[str, Any]:
        return {"deviceId": guid(device), "eventDateTime": at, "enrollmentType": kind}

    tenant.graph.on(
        AUTOPILOT_EVENTS,
        listed(
            event(1, "2026-03-02T00:00:00Z", "azureADJoinedWithWhiteGlove"),
            event(1, "2026-03-01T23:59:59.1234567Z", "azureADJoinedWithAutopilotProfile"),
            event(2, "2026-03-01T00:00:00Z", "offlineDomainJoined"),
            event(2, "2026-03-01T01:30:00+01:00", "azureADJoinedWithAutopilotProfile"),
            event(3, "2026-03-01T00:00:00Z", "azureADJoinedUsingDeviceAuthWithAutopilotProfile"),
            event(4, "never", "offlineDomainJoinedWithWhiteGlove"),
            event(4, "2026-01-01T00:00:00Z", None),
            {"deviceId": None},
        ),
    )
    reading, sets = await tenant.read()
    assert sets == {
        "event-devices-azureADJoinedWithWhiteGlove": GuidSet([guid(1)]),
        "event-devices-azureADJoinedUsingDeviceAuthWithAutopilotProfile": GuidSet([guid(3)]),
    }
    assert outcome(reading, "autopilot_events").items == 8


async def test_policies_are_found_by_their_settings_nested_ones_too(tenant: Scripted) -> None:
    outer = "device_vendor_msft_policy_config_outer"
    restore = "device_vendor_msft_windowsbackupandrestore_EnableWindowsRestore"
    feed = "device_vendor_msft_policy_config_privacy_enableactivityfeed"
    tenant.graph.on(
        CONFIGURATION_POLICIES,
        listed(
            tenant.policy(
                "p1",
                [setting(outer, "1", [choice(BACKUP, "1")]), setting(feed, "0")],
                target("allLicensedUsers"),
            ),
            tenant.policy("p2", [setting(restore, "true")], target("allDevices")),
            tenant.policy("p3", [setting(BACKUP, "perhaps")]),
            tenant.policy("p4", [setting(f"{BACKUP}_checkbox", "1")]),
            {"id": "mac", "platforms": "macOS"},
        ),
    )
    reading, _ = await tenant.read()

    def told(policies: Any) -> list[tuple[str, str, str]]:
        return [(p.id, p.setting, p.value) for p in policies]

    assert told(reading.backup_policies) == [
        ("p1", "EnableWindowsBackup", "enabled"),
        ("p3", "EnableWindowsBackup", "unrecognised"),
    ]
    assert told(reading.first_sign_in_policies) == [("p2", "EnableWindowsRestore", "enabled")]
    assert told(reading.companion_policies) == [("p1", "EnableActivityFeed", "disabled")]
    assert (reading.backup_policies or ())[0].targets == (Target("all_users"),)
    assert outcome(reading, "configuration_policies").items == 4


async def test_a_policy_whose_settings_cannot_be_read_leaves_every_answer_open(
    tenant: Scripted,
) -> None:
    fine = tenant.policy("p1", [setting(BACKUP, "1")], target("allDevices"))
    tenant.graph.on(CONFIGURATION_POLICIES, listed(fine, {"id": "p2", "platforms": "windows10"}))
    tenant.inner["/deviceManagement/configurationPolicies/p2/settings"] = 400, {}
    reading, _ = await tenant.read()
    assert reading.backup_policies is UNSET
    assert reading.companion_policies is UNSET
    assert outcome(reading, "configuration_policies").state == "partial"


async def test_groups_are_read_only_where_an_assignment_names_them(tenant: Scripted) -> None:
    group, gone, barred = guid(5), guid(6), guid(8)
    tenant.graph.on(
        CONFIGURATION_POLICIES,
        listed(
            tenant.policy(
                "p1",
                [setting(BACKUP, "1")],
                *(target("group", groupId=g) for g in (group, gone, barred)),
            ),
            tenant.policy(
                "p2",
                [setting("device_vendor_msft_policy_config_privacy_uploaduseractivities", "0")],
                target("group", groupId=guid(99)),
            ),
        ),
    )
    members = f"/v1.0/groups/{group}/transitiveMembers/microsoft.graph"
    more = f"{tenant.graph.url}{members}.device?$skiptoken=2"
    first, second = listed({"deviceId": guid(50)}, following=more), listed({"deviceId": guid(51)})
    tenant.graph.on(f"{members}.device", first, second)
    tenant.graph.on(f"{members}.user", listed({"id": guid(52)}))
    for kind in ("device", "user"):
        path = f"/v1.0/groups/{barred}/transitiveMembers/microsoft.graph.{kind}"
        tenant.graph.on(path, error(403, "Authorization_RequestDenied"))
    reading, sets = await tenant.read()
    assert sets == {
        f"group-devices-{group}": GuidSet([guid(50), guid(51)]),
        f"group-users-{group}": GuidSet([guid(52)]),
        f"group-devices-{gone}": GuidSet(),
        f"group-users-{gone}": GuidSet(),
    }
    partial = outcome(reading, "groups")
    assert (partial.state, partial.permission) == ("partial", "GroupMember.Read.All")
    [asked, _] = tenant.graph.asked_for(f"{members}.device")
    assert asked.headers["consistencylevel"] == "eventual"
    assert asked.query["$select"] == "deviceId"


async def test_members_without_ids_are_a_set_not_read(tenant: Scripted) -> None:
    group = guid(5)
    fine = tenant.policy("p1", [setting(BACKUP, "1")], target("group", groupId=group))
    tenant.graph.on(CONFIGURATION_POLICIES, listed(fine))
    members = f"/v1.0/groups/{group}/transitiveMembers/microsoft.graph"
    tenant.graph.on(f"{members}.device", listed({"id": guid(1), "deviceId": None}))
    tenant.graph.on(f"{members}.user", listed())
    reading, sets = await tenant.read()
    assert sets == {f"group-users-{group}": GuidSet()}
    assert outcome(reading, "groups").permission == "Device.Read.All"


@pytest.mark.parametrize(
    ("applications", "blocks"),
    [
        ({"includeApplications": ["All"]}, True),
        ({"includeApplications": [RESTORE_APP.upper()]}, True),
        ({"includeApplications": ["All"], "excludeApplications": [RESTORE_APP]}, False),
        ({"includeApplications": ["Office365"]}, False),
        (None, False),
    ],
)
async def test_an_access_policy_blocks_restore_when_it_covers_its_app(
    tenant: Scripted, applications: dict[str, Any] | None, blocks: bool
) -> None:
    policy = {
        "id": "ca",
        "displayName": "Block",
        "state": "enabled",
        "conditions": {"applications": applications},
        "grantControls": {"builtInControls": ["block"]},
    }
    reported = policy | {"id": "off", "state": "enabledForReportingButNotEnforced"}
    tenant.graph.on(ACCESS_POLICIES, listed(policy, reported, policy | {"grantControls": None}))
    reading, _ = await tenant.read()
    assert [p.id for p in reading.access_policies or ()] == (["ca"] if blocks else [])


async def test_phishing_resistant_sign_in_is_seen_only_where_enforced(tenant: Scripted) -> None:
    policy = {
        "id": "mfa",
        "state": "disabled",
        "grantControls": {
            "builtInControls": [],
            "authenticationStrength": {"id": PHISHING_RESISTANT_MFA},
        },
    }
    tenant.graph.on(ACCESS_POLICIES, listed(policy))
    reading, _ = await tenant.read()
    assert reading.facts.phishing_resistant_mfa is False
    tenant.graph.on(ACCESS_POLICIES, listed(policy | {"state": "enabled"}))
    reading, _ = await tenant.read()
    assert reading.facts.phishing_resistant_mfa is True


@pytest.mark.parametrize(
    ("path", "name", "permission"),
    [
        (ACCESS_POLICIES, "access_policies", "Policy.Read.All"),
        (AUTOPILOT_EVENTS, "autopilot_events", "DeviceManagementManagedDevices.Read.All"),
        (AUTOPILOT_PROFILES, "autopilot_profiles", "DeviceManagementServiceConfig.Read.All"),
        (
            CONFIGURATION_POLICIES,
            "configuration_policies",
            "DeviceManagementConfiguration.Read.All",
        ),
    ],
)
async def test_a_missing_permission_fails_its_list_alone_and_is_named(
    tenant: Scripted, path: str, name: str, permission: str
) -> None:
    tenant.graph.on(path, error(403, "Forbidden"))
    reading, _ = await tenant.read()
    failed = outcome(reading, name)
    assert (failed.state, failed.permission) == ("failed", permission)
    assert [o.name for o in reading.outcomes if o.state != "complete"] == [name]


async def test_a_list_that_is_unavailable_does_not_stop_the_others(tenant: Scripted) -> None:
    tenant.graph.on(AUTOPILOT_EVENTS, error(503))
    reading, _ = await tenant.read()
    assert outcome(reading, "autopilot_events").state == "failed"
    assert reading.facts.restore_state == "enabled"


async def test_a_long_throttle_is_handed_back_so_that_the_sweep_starts_later(
    tenant: Scripted,
) -> None:
    tenant.graph.on(AUTOPILOT_EVENTS, error(429, Retry_After="120"))
    with pytest.raises(GraphThrottledError) as raised:
        await tenant.read()
    assert raised.value.retry_after == 120.0


async def test_when_nothing_answers_the_reading_fails(tenant: Scripted) -> None:
    for path in (
        LOGIN,
        ENROLMENT_CONFIGURATIONS,
        AUTOPILOT_PROFILES,
        AUTOPILOT_EVENTS,
        CONFIGURATION_POLICIES,
        ACCESS_POLICIES,
    ):
        tenant.graph.on(path, error(503, Retry_After="0"))
    with pytest.raises(GraphUnavailableError):
        await tenant.read()


async def test_when_nobody_is_signed_in_the_reading_fails(tenant: Scripted) -> None:
    tenant.graph.on(ENROLMENT_CONFIGURATIONS, error(401, "InvalidAuthenticationToken"))
    with pytest.raises(GraphError, match="401"):
        await tenant.read()


@needs_samples
async def test_an_untouched_real_tenant_is_read(tenant: Scripted) -> None:
    untouched = sample("deviceEnrollmentConfigurations_untouched_tenant.json")["value"]
    tenant.configurations(*untouched)
    reading, _ = await tenant.read()
    assert reading.facts.restore_state == "notConfigured"
    [default] = reading.status_pages or ()
    assert (default.default, default.quality_updates) == (True, False)


@needs_samples
async def test_a_real_policy_is_read(tenant: Scripted) -> None:
    export = sample("configurationPolicy_enableWindowsBackup_export.json")
    listed_policy = tenant.policy(export["id"], export["settings"], target("allDevices"))
    tenant.graph.on(CONFIGURATION_POLICIES, listed(listed_policy))
    reading, _ = await tenant.read()
    assert [p.value for p in reading.backup_policies or ()] == ["enabled"]
    assert [p.value for p in reading.first_sign_in_policies or ()] == ["enabled"]


@needs_samples
@pytest.mark.parametrize(
    "name",
    [
        "autopilotProfile_entraJoined_userDriven.tfmock.json",
        "autopilotProfile_hybrid_preprovisioned.tfmock.json",
    ],
)
async def test_a_published_autopilot_profile_is_read(tenant: Scripted, name: str) -> None:
    tenant.graph.on(AUTOPILOT_PROFILES, listed(sample(name)))
    reading, _ = await tenant.read()
    [profile] = reading.profiles or ()
    assert (profile.device_usage_type, profile.preprovisioning_allowed) == ("singleUser", True)


async def test_policies_are_read_in_batches_of_twenty(tenant: Scripted) -> None:
    policies = [tenant.policy(f"p{n}", []) for n in range(30)]
    tenant.graph.on(CONFIGURATION_POLICIES, listed(*policies))
    await tenant.read()
    batches: list[Asked] = tenant.graph.asked_for("/beta/$batch")
    assert [len(b.batched) for b in batches] == [20, 10]


BACKED_UP_FOR_ALL = ("p", [setting(BACKUP, "1")], target("allDevices"))


async def test_the_watch_sees_what_the_sweep_reads_of_the_watched_objects(
    tenant: Scripted,
) -> None:
    tenant.configurations(
        RESTORE, DEFAULT_ESP, tenant.status_page("esp", 1, target("group", groupId=guid(1)))
    )
    tenant.graph.on(CONFIGURATION_POLICIES, listed(tenant.policy(*BACKED_UP_FOR_ALL)))
    reading, _ = await tenant.read()
    watched = await tenant.watch()
    assert watched.restore_setting == reading.restore_setting != UNSET
    assert watched.status_pages == reading.status_pages != UNSET
    assert watched.backup_policies == reading.backup_policies != UNSET
    assert watched.first_sign_in_policies == reading.first_sign_in_policies == ()


async def test_the_watch_reads_nothing_else(tenant: Scripted) -> None:
    await tenant.watch()
    assert {a.path for a in tenant.graph.asked} == {
        ENROLMENT_CONFIGURATIONS,
        CONFIGURATION_POLICIES,
    }


async def test_the_order_of_assignments_is_no_change(tenant: Scripted) -> None:
    targets = [target("allDevices"), target("group", groupId=guid(1)), target("allLicensedUsers")]

    def assigned(*some: dict[str, Any]) -> None:
        policy = tenant.policy("p", [setting(BACKUP, "1")], *some)
        tenant.graph.on(CONFIGURATION_POLICIES, listed(policy))

    assigned(*targets)
    before = await tenant.watch()
    assigned(*reversed(targets))
    assert await tenant.watch() == before


@pytest.mark.parametrize("refused", [error(403, "Forbidden"), error(500), error(400)])
async def test_a_watched_list_that_fails_is_not_read_and_the_others_are(
    tenant: Scripted, refused: Reply
) -> None:
    tenant.graph.on(CONFIGURATION_POLICIES, refused)
    watched = await tenant.watch()
    assert watched.backup_policies is UNSET
    assert watched.first_sign_in_policies is UNSET
    assert watched.restore_setting is not UNSET
    assert watched.status_pages is not UNSET


async def test_unread_assignments_never_look_like_a_change(tenant: Scripted) -> None:
    tenant.configurations(RESTORE, tenant.status_page("esp", 1))
    tenant.graph.on(CONFIGURATION_POLICIES, listed(tenant.policy(*BACKED_UP_FOR_ALL)))
    for path in list(tenant.inner):
        if path.endswith("/assignments"):
            tenant.inner[path] = 403, {}
    watched = await tenant.watch()
    assert watched.status_pages is UNSET
    assert watched.backup_policies is UNSET
    assert watched.first_sign_in_policies == (), "no such policy has assignments to read"
    assert watched.restore_setting is not UNSET


async def test_policies_whose_settings_are_unread_are_not_watched(tenant: Scripted) -> None:
    tenant.graph.on(CONFIGURATION_POLICIES, listed(tenant.policy(*BACKED_UP_FOR_ALL)))
    tenant.inner["/deviceManagement/configurationPolicies/p/settings"] = 403, {}
    watched = await tenant.watch()
    assert (watched.backup_policies, watched.first_sign_in_policies) == (UNSET, UNSET)


async def test_a_watch_whose_every_list_fails_has_seen_nothing(tenant: Scripted) -> None:
    for path in (ENROLMENT_CONFIGURATIONS, CONFIGURATION_POLICIES):
        tenant.graph.on(path, error(400))
    assert await tenant.watch() == Watched()


@pytest.mark.parametrize(
    ("refused", "raised"),
    [(error(429, Retry_After="900"), GraphThrottledError), (error(401), GraphError)],
)
async def test_the_watch_ends_where_every_list_would_end_alike(
    tenant: Scripted, refused: Reply, raised: type[Exception]
) -> None:
    tenant.graph.on(ENROLMENT_CONFIGURATIONS, refused)
    with pytest.raises(raised):
        await tenant.watch()
    assert tenant.graph.asked_for(CONFIGURATION_POLICIES) == []
