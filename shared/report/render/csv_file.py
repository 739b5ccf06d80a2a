"""The devices of a digest as a file for spreadsheets."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from shared.domain.digest import Line
from shared.domain.routes import Channel
from shared.report.render.links import Links
from shared.report.render.reason_words import blocker, short
from shared.report.render.safe_text import csv_cell, shorten

MOST_ROWS = 10_000
MOST_BYTES = 2 * 1024 * 1024
LONGEST_CELL = 200
BOM = "\ufeff"
"""Tells Excel that the file is UTF-8."""


class CsvFile(Struct, frozen=True):
    """The content, and how many devices it holds."""

    content: bytes
    rows: int


def csv_file(
    lines: Iterable[Line],
    channel: Channel,
    links: Links,
    *,
    most_rows: int = MOST_ROWS,
    most_bytes: int = MOST_BYTES,
) -> CsvFile:
    """Write one row a line, until the file is full. Times are in the channel's time zone."""
    zone = ZoneInfo(channel.time_zone)
    content = bytearray((BOM + _row(_columns(channel))).encode())
    rows = 0
    for line in lines:
        row = _row(_cells(line, channel, links, zone)).encode()
        if rows == most_rows or len(content) + len(row) > most_bytes:
            break
        content += row
        rows += 1
    return CsvFile(bytes(content), rows)


def _columns(channel: Channel) -> list[str]:
    return [
        *("change", "reason", "reason_code", "severity", "capabilities", "device_name"),
        *(("user_name",) if channel.user_names else ()),
        *("serial", "manufacturer", "model", "category", "enrollment_profile", "since"),
        *("first_seen", "device_gone", "fix", "intune_id", "intune_link"),
    ]


def _cells(line: Line, channel: Channel, links: Links, zone: ZoneInfo) -> list[str]:
    known = blocker(line.reason)
    fix = known[0].fix if known and line.change != "cleared" else None
    strangers = (line.serial, line.manufacturer, line.model, line.category, line.profile)
    return [
        line.change,
        short(line.reason),
        line.reason,
        line.severity,
        " ".join(line.capabilities),
        _cell(line.name),
        *((_cell(line.user_name),) if channel.user_names else ()),
        *map(_cell, strangers),
        _time(line.since, zone),
        _time(line.first_seen, zone),
        "yes" if line.gone else "no",
        fix.title if fix else "",
        _cell(line.device),
        links.device(line.device),
    ]


def _cell(text: str | None) -> str:
    return csv_cell(shorten(text or "", LONGEST_CELL))


def _time(time: datetime, zone: ZoneInfo) -> str:
    return time.astimezone(zone).isoformat(" ", "seconds")


def _row(cells: list[str]) -> str:
    row = io.StringIO()
    csv.writer(row).writerow(cells)
    return row.getvalue()
