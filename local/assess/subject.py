"""What comes out of the operator's file: devices, places that cannot be read, and notes."""

from datetime import date

from msgspec import Struct

from shared.domain.editions import Edition
from shared.domain.facts import Facts, TenantFacts
from shared.domain.managed_device import ManagedDevice


class Subject(Struct, frozen=True):
    """One device to judge; `edition` and `as_of` are None where the file leaves them open.

    `where` is its place in the file: "line 7" or "device 3".
    """

    where: str
    id: str
    name: str
    facts: Facts
    tenant: TenantFacts
    edition: Edition | None = None
    as_of: date | None = None


class Found(Struct, frozen=True):
    """One managed device of an export, and its place there."""

    where: str
    device: ManagedDevice


class Unread(Struct, frozen=True):
    """A place in the file that cannot be read, and what is wrong there."""

    where: str
    why: str


class Note(Struct, frozen=True):
    """Something the operator should know of the file as a whole."""

    text: str
