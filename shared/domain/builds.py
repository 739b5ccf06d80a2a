"""Windows builds: the branch that names a release, and the revision (UBR) within it."""

import re

from msgspec import Struct

from shared.domain.facts import Text

VERSION = re.compile(r"\s*(?:10\.0\.)?([1-9][0-9]{4})(?:\.([0-9]{1,9}))?\s*")


class Build(Struct, frozen=True):
    """A branch such as 26100 and its revision; None where the revision was not given.

    Builds have no order of their own: a revision compares only with revisions of its branch.
    """

    branch: int
    ubr: int | None = None

    def __str__(self) -> str:
        return str(self.branch) if self.ubr is None else f"{self.branch}.{self.ubr}"


def parse(os_version: Text) -> Build | None:
    """Read an OS version as Intune writes it; None for whatever is not one.

    >>> parse(" 10.0.26100.4946 ")
    Build(branch=26100, ubr=4946)
    >>> parse("0.0.0.0") is None
    True
    """
    if not isinstance(os_version, str):
        return None
    found = VERSION.fullmatch(os_version)
    if found is None:
        return None
    branch, ubr = found.groups()
    return Build(int(branch), None if ubr is None else int(ubr))
