"""Who calls: a person or an application, as an access token names them."""

from typing import Literal

from msgspec import Struct, structs

READINESS_READ = "Readiness.Read"
READ = "RestoreSetting.Read"
PLAN = "RestoreSetting.Plan"
APPROVE = "RestoreSetting.Approve"
APPLY = "RestoreSetting.Apply"
OVERRIDE = "RestoreSetting.Override"
ROLES = (READINESS_READ, READ, PLAN, APPROVE, APPLY, OVERRIDE)
"""The app roles of the API's registration, which users and applications alike are given."""

READERS = (READ, PLAN, APPROVE, APPLY)
"""Whoever may change something may see what is there to change."""


class Principal(Struct, frozen=True):
    """A caller: `oid` and `app` are the token's `oid` and `azp`, `address` is where it came from.

    `name` is for readers and decides nothing.
    """

    kind: Literal["user", "application"]
    oid: str
    app: str
    roles: tuple[str, ...] = ()
    name: str | None = None
    address: str | None = None

    def has(self, *roles: str) -> bool:
        """Tell whether one of the roles was given to this caller."""
        return not set(roles).isdisjoint(self.roles)

    def is_same_as(self, other: "Principal") -> bool:
        """Tell whether both are one: the same object, or one application with two objects.

        An application on its own also is the same as whomever it acts for: their consent may be its
        doing. Two people who come by one application are two.
        Source: the restore setting's two-person rule, docs/restore-setting.md.
        """
        two_people = self.kind == other.kind == "user"
        return self.oid == other.oid or (self.app == other.app and not two_people)

    def without_name(self) -> "Principal":
        """Leave out the name, where names are turned off."""
        return structs.replace(self, name=None)
