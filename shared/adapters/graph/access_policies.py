"""Reads the Conditional Access policies that could stop restore or ask for strong sign-in."""

from msgspec import Struct, field

from shared.adapters.graph import outcomes
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.paths import ACCESS_POLICIES
from shared.adapters.graph.waits import Meter
from shared.domain.tenant import AccessPolicy, Outcome

NAME = "access_policies"
RESTORE_APP = "d32c68ad-72d2-4acb-a0c7-46bb2cf93873"
PHISHING_RESISTANT_MFA = "00000000-0000-0000-0000-000000000004"
"""The built-in authentication strength (Microsoft Entra documentation, 2026-11-22)."""


class _Applications(Struct):
    included: list[str] = field(default_factory=list, name="includeApplications")
    excluded: list[str] = field(default_factory=list, name="excludeApplications")


class _Conditions(Struct):
    applications: _Applications | None = None


class _Strength(Struct):
    id: str | None = None


class _Grant(Struct):
    controls: list[str] = field(default_factory=list, name="builtInControls")
    strength: _Strength | None = field(default=None, name="authenticationStrength")


class _Policy(Struct):
    id: str
    name: str | None = field(default=None, name="displayName")
    state: str | None = None
    conditions: _Conditions | None = None
    grant: _Grant | None = field(default=None, name="grantControls")


async def read_access_policies(
    client: GraphClient, meter: Meter
) -> tuple[tuple[AccessPolicy, ...], Outcome]:
    """Read the enabled policies that bear on restore. Raises GraphError.

    Which users and devices a policy covers is not resolved: what is returned may stop restore for
    some of them.
    """
    read = await client.get_list(ACCESS_POLICIES, _Policy, meter)
    enabled = [
        AccessPolicy(
            id=policy.id,
            name=policy.name or "",
            blocks_restore="block" in policy.grant.controls and _covers_restore(policy),
            phishing_resistant_mfa=(
                policy.grant.strength is not None
                and policy.grant.strength.id == PHISHING_RESISTANT_MFA
            ),
        )
        for policy in read
        if policy.state == "enabled" and policy.grant is not None
    ]
    bearing = tuple(p for p in enabled if p.blocks_restore or p.phishing_resistant_mfa)
    return bearing, outcomes.complete(NAME, len(read))


def _covers_restore(policy: _Policy) -> bool:
    applications = policy.conditions and policy.conditions.applications
    if not applications:
        return False
    included = {a.lower() for a in applications.included}
    excluded = {a.lower() for a in applications.excluded}
    return not included.isdisjoint({"all", RESTORE_APP}) and RESTORE_APP not in excluded
