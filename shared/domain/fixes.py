"""What an administrator can do that removes reasons of more than one rule."""

from shared.domain.rule import Fix

UPDATE_WINDOWS = Fix(
    id="update_windows",
    title="Install the latest cumulative update",
    steps="Let the device install the newest monthly cumulative update of its release: assign it "
    "an update ring or an expedited quality update in Intune. The hotpatch of August 2025 "
    "(26100.4851) does not reach the build that backup asks for.",
)
UPGRADE_WINDOWS = Fix(
    id="upgrade_windows",
    title="Upgrade to a current Windows 11 release",
    steps="Assign a feature update policy for Windows 11 24H2 or later in Intune. Replace hardware "
    "that does not meet the requirements of Windows 11.",
)
JOIN_ENTRA = Fix(
    id="join_entra",
    title="Join the device to Microsoft Entra directly",
    steps="Wipe the device and let its user join it to Microsoft Entra ID during setup, with an "
    "Autopilot user-driven profile of the type Microsoft Entra joined, or by hand.",
)
ENROL_IN_SETUP = Fix(
    id="enrol_in_setup",
    title="Enrol the device anew, by its user, during setup",
    steps="Wipe the device and let its user go through out-of-box setup (OOBE), with an Autopilot "
    "user-driven profile or by signing in with the work account. Enrolment follows by itself.",
)
GIVE_A_USER = Fix(
    id="give_a_user",
    title="Give the device a user of its own",
    steps="Let the person who works with the device enrol it with their own account, so that it "
    "has a primary user. Leave shared devices and kiosks out.",
)
CHECK_IN = Fix(
    id="check_in",
    title="Let the device report to Intune",
    steps="Make sure that the device is switched on and synchronises with Intune, and that what "
    "was read here includes the property; then assess it again.",
)
LET_READ = Fix(
    id="let_read",
    title="Let the app read the tenant",
    steps="Grant the app the Graph permissions DeviceManagementServiceConfig.Read.All, "
    "DeviceManagementConfiguration.Read.All and GroupMember.Read.All; where a policy depends on an "
    "assignment filter or contradicts another one, assign it plainly.",
)
