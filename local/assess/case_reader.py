"""Reads eligibility cases, one a line, completed by what was given of the tenant."""

from collections.abc import Iterator
from typing import TextIO

from local.assess.case_lines import read_case
from local.assess.content import LONGEST_LINE, lines
from local.assess.subject import Subject, Unread
from local.assess.tenant_file import Given, completed
from shared.domain.editions import EDITIONS
from shared.errors import InputError


def read_cases(text: TextIO, given: Given) -> Iterator[Subject | Unread]:
    """Read every line; one that cannot be read is reported with its number, the rest goes on."""
    for number, line in enumerate(lines(text), start=1):
        if not line.strip("\ufeff \t\r\n"):
            continue
        where = f"line {number}"
        try:
            yield _subject(where, line, given)
        except InputError as error:
            yield Unread(where, str(error))


def _subject(where: str, line: str, given: Given) -> Subject:
    if len(line) >= LONGEST_LINE:
        raise InputError(f"the line has {LONGEST_LINE} characters or more, which no case has")
    case = read_case(line.encode(errors="surrogateescape"))
    return Subject(
        where=where,
        id=case.id,
        name=case.id,
        facts=completed(case.facts, given.reaching),
        tenant=completed(case.tenant, given.tenant),
        edition=None if case.edition is None else EDITIONS[case.edition],
        as_of=case.as_of,
    )
