"""The form of a rule: one requirement as a pure function, with the words that explain it."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final, Literal, TypeAlias, get_args

from msgspec import UNSET, Struct

from shared.domain.editions import Edition
from shared.domain.facts import Facts, TenantFacts
from shared.domain.source import Source

Capability: TypeAlias = Literal["backup", "restore", "first_sign_in_restore"]
CAPABILITIES: tuple[Capability, ...] = get_args(Capability)

Kind: TypeAlias = Literal["blocker", "unknown", "warning"]
Question: TypeAlias = Literal["verdict", "ready"]
"""The answer a finding bears on: the device's verdict, or only whether it is ready."""


class Fix(Struct, frozen=True):
    """One thing an administrator can do; reasons that one act removes share a fix."""

    id: str
    title: str
    steps: str


class Reason(Struct, frozen=True):
    """One entry of the product's public vocabulary.

    `says` is a sentence that may hold `{observed}` and `{required}`. `fix` is None where nothing
    the administrator does to this device helps.
    """

    code: str
    kind: Kind
    affects: Question
    says: str
    fix: Fix | None = None


class Finding(Struct, frozen=True):
    """A reason that holds for a device, with what was seen and what would be needed."""

    reason: str
    kind: Kind
    affects: Question
    observed: str | None = None
    required: str | None = None


class Case(Struct, frozen=True):
    """All that one check may look at; the day and the settings are inputs."""

    facts: Facts
    tenant: TenantFacts
    capability: Capability
    edition: Edition
    as_of: date
    strict_servicing: bool = False


Check: TypeAlias = Callable[[Case], Iterator[Finding]]


class Rule(Struct, frozen=True):
    """One requirement of Windows Backup for Organizations.

    `order` is its place in reports (the order of facts/windows-backup.md, section 2). A `decisive`
    rule that blocks is the whole answer: no other rule speaks. `reads` names the fields of Facts
    and TenantFacts the check looks at.
    """

    id: str
    order: int
    title: str
    rationale: str
    remediation: str
    capabilities: tuple[Capability, ...]
    reasons: tuple[Reason, ...]
    reads: tuple[str, ...]
    sources: tuple[Source, ...]
    check: Check
    decisive: bool = False


NOTHING: Final = object()
"""Stands for an observed or required value that there is no use in showing."""


def find(reason: Reason, observed: object = NOTHING, required: object = NOTHING) -> Finding:
    """Say that `reason` holds, with what was seen and what would be needed."""
    return Finding(
        reason.code,
        reason.kind,
        reason.affects,
        None if observed is NOTHING else shown(observed),
        None if required is NOTHING else shown(required),
    )


def shown(value: object) -> str:
    """Render a value for people; null, empty and not read are told apart."""
    if value is None:
        return "no value"
    if value is UNSET:
        return "not read"
    if value == "":
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
