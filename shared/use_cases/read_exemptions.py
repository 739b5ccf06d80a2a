"""Read exemptions from their file, and find everything that is wrong with it."""

import msgspec

from shared.domain.exemption import Exemption, faults
from shared.domain.fault import Fault
from shared.report.vocabulary import fix_of_blocker
from shared.use_cases.read_table import read_table


def read_exemptions(text: str) -> tuple[tuple[Exemption, ...], tuple[str, ...]]:
    """Return the exemptions of a file in JSON lines, and a problem for each fault in other lines.

    A problem names the line and the field. Empty lines say nothing.
    """
    exemptions: dict[str, Exemption] = {}
    problems: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        exemption, wrong = _read(line)
        if exemption is not None and exemption.id in exemptions:
            wrong.append(Fault("id", "is that of a line above"))
        if exemption is not None and not wrong:
            exemptions[exemption.id] = exemption
        problems += [f"line {number}: {fault}" for fault in wrong]
    return tuple(exemptions.values()), tuple(problems)


def write_exemptions(exemptions: tuple[Exemption, ...]) -> str:
    """Return the file that `read_exemptions` reads them from."""
    return "".join(f"{msgspec.json.encode(exemption).decode()}\n" for exemption in exemptions)


def _read(line: str) -> tuple[Exemption | None, list[Fault]]:
    try:
        table = msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        return None, [Fault("", f"is no JSON: {error}")]
    exemption, wrong = read_table(table, Exemption)
    if exemption is not None:
        wrong = list(faults(exemption, fix_of_blocker()))
    return exemption, wrong
