"""Tells by its content, never by its name, what kind of file the operator gave."""

import re
from collections.abc import Iterator

from local.assess.admin_csv import columns_of, read_admin_csv
from local.assess.case_reader import read_cases
from local.assess.content import Content
from local.assess.export import subjects_of
from local.assess.graph_export import read_graph_export
from local.assess.subject import Note, Subject, Unread
from local.assess.tenant_file import Given
from shared.errors import InputError

A_CASE = re.compile(r'^[ \t]*\{.*"device"[ \t]*:', re.MULTILINE)
"""A line that holds a case, be it damaged; no managed device has a property called device."""


def read(content: Content, given: Given) -> Iterator[Subject | Unread | Note]:
    """Read the devices of a file, completed by what was given of the tenant.

    Raises InputError when the file is of no known kind, at once or at its first device.
    """
    opening = content.opening
    if not opening.strip("\ufeff\0 \t\r\n"):
        raise InputError("the file is empty")
    if A_CASE.search(opening):
        return read_cases(content.text(keep_damage=True), given)
    if opening.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return subjects_of(read_graph_export(content.text()), given)
    columns = columns_of(opening)
    if columns is None:
        raise InputError(
            "the file is of no kind known here: JSON lines of eligibility cases, managed devices"
            ' as Graph answers them ({"value": [...]} or a list), or the CSV that the Intune admin'
            " center exports, with a header such as Device name, OS, OS version, JoinType"
        )
    return subjects_of(read_admin_csv(content.text(), columns), given)
