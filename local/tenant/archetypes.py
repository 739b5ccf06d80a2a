"""The kinds of devices a real tenant holds, by how they came to be managed."""

from typing import Literal, TypeAlias

from msgspec import UNSET, Struct

from local.tenant import editions, makes, os_versions
from local.tenant.editions import Sku
from local.tenant.makes import Make
from shared.domain.facts import Text

Presence: TypeAlias = Literal["named", "empty", "null", "absent"]
Registration: TypeAlias = Literal["registered", "null", "zero", "deleted"]


class Archetype(Struct, frozen=True, kw_only=True):
    """What devices of one kind have in common; `weight` is its share of the fleet.

    `looks` is how many combinations of version, edition and make it comes in, 0 for the square root
    of its weight; kinds that are there for odd values come in enough looks to have them all.
    `profile` is the key of an Autopilot profile of the scenario; `events` are the enrolment types
    of its Autopilot events, the newest last. `registration` is what became of its Entra object.
    """

    weight: int
    looks: int = 0
    versions: tuple[Text, ...] = os_versions.COMMON
    skus: tuple[Sku, ...] = editions.OFFICE
    makes: tuple[Make, ...] = makes.OFFICE
    operating_system: str = "Windows"
    join_type: Text = "azureADJoined"
    trust_type: str | None = "AzureAd"
    profile_type: str | None = "RegisteredDevice"
    enrollment_type: Text = "windowsAzureADJoin"
    agent: Text = "mdm"
    autopilot: bool = False
    profile: str | None = None
    events: tuple[str, ...] = ()
    user: Presence = "named"
    registration: Registration = "registered"
    category: str = "Office"
    owner: str = "company"


_AUTOPILOT: tuple[Archetype, ...] = (
    Archetype(weight=480, versions=os_versions.WINDOWS_11, autopilot=True, profile="user-driven"),
    Archetype(
        weight=150,
        versions=os_versions.WINDOWS_11,
        autopilot=True,
        profile="user-driven",
        events=("azureADJoinedWithAutopilotProfile",),
    ),
    Archetype(
        weight=60,
        looks=len(os_versions.AT_THRESHOLDS),
        versions=os_versions.AT_THRESHOLDS,
        autopilot=True,
        profile="user-driven",
        category="Behind on updates",
    ),
    Archetype(
        weight=14,
        autopilot=True,
        profile="user-driven",
        agent="configurationManagerClientMdm",
        category="Later co-managed",
    ),
    Archetype(
        weight=22,
        enrollment_type="windowsAzureADJoinUsingDeviceAuth",
        autopilot=True,
        profile="kiosk",
        events=("azureADJoinedUsingDeviceAuthWithAutopilotProfile",),
        user="empty",
        category="Kiosk",
    ),
    Archetype(
        weight=10,
        enrollment_type="windowsAzureADJoinUsingDeviceAuth",
        autopilot=True,
        profile="kiosk",
        user="null",
        category="Kiosk",
    ),
    Archetype(weight=8, autopilot=True, profile="kiosk", category="Soon a kiosk"),
    Archetype(
        weight=18,
        enrollment_type="windowsAzureADJoinUsingDeviceAuth",
        autopilot=True,
        profile="pre-provisioned",
        events=("azureADJoinedWithWhiteGlove",),
    ),
    Archetype(weight=14, autopilot=True, profile="pre-provisioned"),
    Archetype(
        weight=6,
        autopilot=True,
        profile="pre-provisioned",
        events=("azureADJoinedWithWhiteGlove", "azureADJoinedWithAutopilotProfile"),
        category="Deployed twice",
    ),
    Archetype(
        weight=16,
        join_type="hybridAzureADJoined",
        trust_type="ServerAd",
        autopilot=True,
        profile="hybrid",
        events=("offlineDomainJoined",),
    ),
    Archetype(
        weight=8,
        join_type="hybridAzureADJoined",
        trust_type="ServerAd",
        autopilot=True,
        profile="hybrid",
        events=("offlineDomainJoinedWithWhiteGlove",),
    ),
    Archetype(weight=6, autopilot=True, profile="hybrid", category="Once hybrid"),
)

_JOINED: tuple[Archetype, ...] = (
    Archetype(weight=220, versions=os_versions.MIXED),
    Archetype(weight=80, enrollment_type="windowsAutoEnrollment", versions=os_versions.MIXED),
    Archetype(weight=8, enrollment_type="userEnrollment"),
    Archetype(weight=18, enrollment_type="windowsBulkAzureDomainJoin"),
    Archetype(
        weight=16,
        enrollment_type="windowsCoManagement",
        agent="configurationManagerClientMdmEas",
        category="Co-managed",
    ),
    Archetype(weight=8, enrollment_type="windowsCoManagement", category="Group Policy"),
    Archetype(weight=12, enrollment_type="deviceEnrollmentManager", user="named"),
    Archetype(weight=12, enrollment_type="windowsBulkUserless", user="empty", category="Kiosk"),
    Archetype(weight=18, user="empty", profile_type="Shared", category="Shared"),
    Archetype(weight=6, user="null", profile_type="Shared", category="Shared"),
    Archetype(weight=8, user="absent", category="User withheld"),
)

_HYBRID_AND_REGISTERED: tuple[Archetype, ...] = (
    Archetype(
        weight=140,
        versions=os_versions.MIXED,
        join_type="hybridAzureADJoined",
        trust_type="ServerAd",
        enrollment_type="windowsCoManagement",
        category="Group Policy",
    ),
    Archetype(
        weight=130,
        versions=os_versions.MIXED,
        join_type="hybridAzureADJoined",
        trust_type="ServerAd",
        enrollment_type="windowsCoManagement",
        agent="configurationManagerClientMdm",
        category="Co-managed",
    ),
    Archetype(
        weight=14,
        join_type="hybridAzureADJoined",
        trust_type="ServerAd",
        enrollment_type="windowsAutoEnrollment",
    ),
    Archetype(
        weight=60,
        versions=os_versions.MIXED,
        skus=editions.PERSONAL,
        join_type="azureADRegistered",
        trust_type="Workplace",
        enrollment_type="userEnrollment",
        owner="personal",
        category="Bring your own",
    ),
    Archetype(
        weight=10,
        join_type="azureADRegistered",
        trust_type="Workplace",
        enrollment_type="windowsAutoEnrollment",
        owner="personal",
    ),
)

_JOIN_NOT_ANSWERED: tuple[Archetype, ...] = (
    Archetype(weight=22, join_type="unknown"),
    Archetype(weight=6, join_type="unknown", trust_type="azuread"),
    Archetype(
        weight=12,
        join_type=None,
        trust_type="ServerAd",
        enrollment_type="windowsCoManagement",
        agent="configurationManagerClientMdm",
    ),
    Archetype(weight=8, join_type=None),
    Archetype(weight=8, join_type=UNSET, trust_type="Workplace", enrollment_type="userEnrollment"),
    Archetype(weight=4, join_type="unknown", trust_type=None),
    Archetype(weight=4, join_type="unknown", trust_type="SomethingNew"),
    Archetype(weight=4, join_type="unknown", registration="deleted"),
    Archetype(weight=3, join_type="unknown", registration="null"),
    Archetype(weight=3, join_type=None, registration="zero"),
    Archetype(weight=3, join_type="azureADJoinedByCourier"),
)

_VIRTUAL: tuple[Archetype, ...] = (
    Archetype(
        weight=30,
        skus=editions.CLOUD_PC,
        makes=makes.CLOUD_PC,
        enrollment_type="azureAdJoinUsingAzureVmExtension",
        category="Cloud PC",
    ),
    Archetype(
        weight=8,
        skus=editions.CLOUD_PC,
        makes=makes.CLOUD_PC,
        join_type="hybridAzureADJoined",
        trust_type="ServerAd",
        enrollment_type="windowsAutoEnrollment",
        category="Cloud PC",
    ),
    Archetype(
        weight=10,
        skus=editions.MULTI_SESSION,
        makes=makes.HYPER_V,
        user="empty",
        enrollment_type="azureAdJoinUsingAzureVmExtension",
        category="Session host",
    ),
    Archetype(weight=14, makes=makes.HYPER_V, autopilot=True, profile="user-driven"),
    Archetype(weight=8, makes=makes.HYPER_V),
    Archetype(weight=6, makes=makes.OTHER_GUESTS),
)

_SPECIAL: tuple[Archetype, ...] = (
    Archetype(weight=24, looks=18, versions=os_versions.LONG_TERM, skus=editions.LONG_TERM),
    Archetype(weight=12, looks=9, versions=os_versions.INSIDER),
    Archetype(weight=7, skus=editions.HOLOLENS, makes=makes.HOLOLENS, category="HoloLens"),
    Archetype(weight=5, skus=editions.HUB, makes=makes.HUB, user="empty", category="Meeting room"),
    Archetype(weight=8, looks=7, skus=editions.IOT),
    Archetype(weight=6, skus=editions.IOT, enrollment_type="windowsBulkUserless", user="empty"),
    Archetype(weight=5, looks=3, skus=editions.CLASSROOM, category="Classroom"),
    Archetype(weight=14, looks=12, versions=os_versions.ODD),
    Archetype(weight=8, looks=6, skus=editions.UNUSUAL),
    Archetype(weight=8, looks=4, skus=editions.UNTOLD),
    Archetype(weight=5, looks=4, makes=makes.UNTOLD),
    Archetype(weight=6, enrollment_type="unknown"),
    Archetype(weight=4, enrollment_type="windowsTeleportation"),
    Archetype(weight=3, enrollment_type="unknownFutureValue", agent="unknownFutureValue"),
    Archetype(weight=3, enrollment_type=None, agent=None),
    Archetype(weight=3, enrollment_type=UNSET, agent=UNSET),
)

_NOT_WINDOWS: tuple[Archetype, ...] = tuple(
    Archetype(
        weight=weight,
        operating_system=system,
        versions=(version,),
        skus=editions.NOT_WINDOWS,
        makes=(make,),
        join_type="azureADRegistered",
        trust_type="Workplace",
        enrollment_type=enrollment,
    )
    for weight, system, version, make, enrollment in (
        (8, "iOS", "19.1", makes.NOT_WINDOWS[0], "appleUserEnrollment"),
        (6, "Android", "16.0", makes.NOT_WINDOWS[1], "androidEnterpriseFullyManaged"),
        (5, "macOS", "16.1", makes.NOT_WINDOWS[2], "appleBulkWithUser"),
    )
)


ARCHETYPES: tuple[Archetype, ...] = (
    *_AUTOPILOT,
    *_JOINED,
    *_HYBRID_AND_REGISTERED,
    *_JOIN_NOT_ANSWERED,
    *_VIRTUAL,
    *_SPECIAL,
    *_NOT_WINDOWS,
)
