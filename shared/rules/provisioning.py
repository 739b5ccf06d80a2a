"""The restore page is shown only where the user sets the device up during OOBE."""

from collections.abc import Iterator

from shared.domain.editions.sources import GRAPH, INTUNE_PAGE, WINDOWS_PAGE
from shared.domain.facts import Facts
from shared.domain.fixes import ENROL_IN_SETUP, JOIN_ENTRA
from shared.domain.join import Join, joins_of
from shared.domain.rule import Case, Finding, Fix, Reason, Rule, find, shown


def _blocker(code: str, says: str, fix: Fix = ENROL_IN_SETUP) -> Reason:
    return Reason(code=code, kind="blocker", affects="verdict", says=says, fix=fix)


HYBRID_JOIN = _blocker(
    "provisioning_hybrid_join",
    "The device is set up by hybrid join ({observed}); needed is {required}.",
    JOIN_ENTRA,
)
WORKPLACE_JOIN = _blocker(
    "provisioning_workplace_join",
    "The device is only registered, by workplace join ({observed}); needed is {required}.",
    JOIN_ENTRA,
)
SELF_DEPLOYING = _blocker(
    "provisioning_self_deploying",
    "The device is set up by Autopilot self-deploying mode ({observed}); needed is {required}.",
)
PRE_PROVISIONED = _blocker(
    "provisioning_pre_provisioned",
    "The device is set up by Autopilot pre-provisioning ({observed}); needed is {required}.",
)
AUTOPILOT_RESET = _blocker(
    "provisioning_autopilot_reset",
    "The device is to be set up by an {observed}; needed is {required}.",
)
SETTINGS_ENROLLMENT = _blocker(
    "provisioning_settings_enrollment",
    "The device was enrolled from the Settings app ({observed}); needed is {required}.",
)
GROUP_POLICY = _blocker(
    "provisioning_group_policy",
    "The device was enrolled by Group Policy ({observed}); needed is {required}.",
)
CO_MANAGEMENT = _blocker(
    "provisioning_co_management",
    "The device was enrolled by Configuration Manager ({observed}); needed is {required}.",
)
UNKNOWN = Reason(
    code="unknown_provisioning_method",
    kind="unknown",
    affects="verdict",
    says="How the device is set up is not known ({observed}); needed is {required}.",
    fix=ENROL_IN_SETUP,
)
PATH_UNVERIFIED = Reason(
    code="enrollment_path_unverified",
    kind="warning",
    affects="verdict",
    says="A join from the Settings app and one during setup look alike ({observed}); only "
    "{required} shows the restore page.",
    fix=ENROL_IN_SETUP,
)
USER_FLOW_ONLY = Reason(
    code="preprovisioned_user_flow_only",
    kind="warning",
    affects="verdict",
    says="The device is pre-provisioned ({observed}): the restore page comes in the user's part of "
    "setup and never in the technician's.",
)
REQUIRED = "setup (OOBE) by the user, with or without Autopilot user-driven mode"

WHITE_GLOVE = ("azureADJoinedWithWhiteGlove", "offlineDomainJoinedWithWhiteGlove")
HYBRID_EVENT = "offlineDomainJoined"
DEVICE_AUTH_EVENT = "azureADJoinedUsingDeviceAuthWith"
HYBRID_PROFILE = "activeDirectoryWindowsAutopilotDeploymentProfile"
DEVICE_AUTH = "windowsAzureADJoinUsingDeviceAuth"

LEFT_TO_USER_AFFINITY = ("windowsBulkUserless", "deviceEnrollmentManager")


def _check(case: Case) -> Iterator[Finding]:
    facts = case.facts
    joins = joins_of(facts)
    join = joins[0] if len(joins) == 1 else None
    disputed = len(joins) > 1
    yield from _hybrid_join(facts, join)
    yield from _workplace_join(facts, join, disputed)
    yield from _pre_provisioned(case)
    yield from _self_deploying(facts)
    if facts.reprovision_method == "autopilot_reset":
        yield find(AUTOPILOT_RESET, "Autopilot reset", REQUIRED)
    yield from _enrolment(facts, join, disputed)


def _hybrid_join(facts: Facts, join: Join | None) -> Iterator[Finding]:
    if join == "hybrid":
        yield find(HYBRID_JOIN, "hybrid joined", REQUIRED)
    elif (event := _event(facts)).startswith(HYBRID_EVENT):
        yield find(HYBRID_JOIN, f"Autopilot event {event}", REQUIRED)
    elif facts.autopilot_profile and facts.autopilot_profile.type == HYBRID_PROFILE:
        yield find(HYBRID_JOIN, f"Autopilot profile {HYBRID_PROFILE}", REQUIRED)


def _workplace_join(facts: Facts, join: Join | None, disputed: bool) -> Iterator[Finding]:
    if join == "registered":
        yield find(WORKPLACE_JOIN, "Entra registered", REQUIRED)
    elif facts.enrollment_type == "userEnrollment" and join != "joined" and not disputed:
        yield find(WORKPLACE_JOIN, "enrolled as userEnrollment", REQUIRED)


def _pre_provisioned(case: Case) -> Iterator[Finding]:
    event = _event(case.facts)
    if event in WHITE_GLOVE:
        blocked = case.edition.pre_provisioning.excluded == "device"
        yield find(
            PRE_PROVISIONED if blocked else USER_FLOW_ONLY, f"Autopilot event {event}", REQUIRED
        )


def _self_deploying(facts: Facts) -> Iterator[Finding]:
    """Tell self-deploying mode from a technician's flow, which enrols by device auth too.

    The assigned profile speaks of the next enrolment, whatever flow the last one took.
    """
    event = _event(facts)
    if facts.enrollment_type == DEVICE_AUTH and event not in WHITE_GLOVE:
        yield find(SELF_DEPLOYING, f"enrolled as {DEVICE_AUTH}", REQUIRED)
    elif event.startswith(DEVICE_AUTH_EVENT):
        yield find(SELF_DEPLOYING, f"Autopilot event {event}", REQUIRED)
    elif facts.autopilot_profile and facts.autopilot_profile.device_usage_type == "shared":
        yield find(SELF_DEPLOYING, "Autopilot profile for shared devices", REQUIRED)


def _enrolment(facts: Facts, join: Join | None, disputed: bool) -> Iterator[Finding]:
    method = facts.enrollment_type
    observed = f"enrolled as {method}"
    if method == "windowsAzureADJoin":
        if facts.autopilot_enrolled is not True:
            yield find(PATH_UNVERIFIED, f"{observed}, without Autopilot", REQUIRED)
    elif method == "windowsCoManagement":
        yield from _co_management(facts)
    elif method in ("userEnrollment", "windowsAutoEnrollment"):
        if join == "joined":
            yield find(SETTINGS_ENROLLMENT, observed, REQUIRED)
        elif disputed or (join is None and method == "windowsAutoEnrollment"):
            yield find(UNKNOWN, f"{observed}, join type not settled", REQUIRED)
    elif method != DEVICE_AUTH and method not in LEFT_TO_USER_AFFINITY:
        yield find(UNKNOWN, f"deviceEnrollmentType: {shown(method)}", REQUIRED)


def _co_management(facts: Facts) -> Iterator[Finding]:
    agent = facts.management_agent
    observed = f"enrolled as windowsCoManagement, management agent: {shown(agent)}"
    by_configuration_manager = isinstance(agent, str) and agent.startswith("configurationManager")
    yield find(CO_MANAGEMENT if by_configuration_manager else GROUP_POLICY, observed, REQUIRED)


def _event(facts: Facts) -> str:
    return facts.autopilot_event if isinstance(facts.autopilot_event, str) else ""


RULE = Rule(
    id="provisioning",
    order=80,
    title="The device is set up by its user",
    rationale="The restore page is part of out-of-box setup by a user. Every way of enrolling that "
    "passes it by is excluded. The data describe the last enrolment, so the answer reads: if the "
    "device is set up the same way again. That Autopilot events are absent proves nothing, for "
    "they age out.",
    remediation="Wipe the device and let its user set it up, joining it to Microsoft Entra ID; "
    "assign an Autopilot profile in user-driven mode where Autopilot is used.",
    capabilities=("restore",),
    reasons=(
        HYBRID_JOIN,
        WORKPLACE_JOIN,
        SELF_DEPLOYING,
        PRE_PROVISIONED,
        AUTOPILOT_RESET,
        SETTINGS_ENROLLMENT,
        GROUP_POLICY,
        CO_MANAGEMENT,
        UNKNOWN,
        PATH_UNVERIFIED,
        USER_FLOW_ONLY,
    ),
    reads=(
        "join_type",
        "trust_type",
        "enrollment_type",
        "management_agent",
        "autopilot_enrolled",
        "autopilot_event",
        "autopilot_profile",
        "reprovision_method",
    ),
    sources=(INTUNE_PAGE, WINDOWS_PAGE, GRAPH),
    check=_check,
)
