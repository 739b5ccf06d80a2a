"""A digest as a mail: HTML, its twin in plain text, and the devices as a file."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from shared.domain.digest import DigestView
from shared.domain.outgoing import Attachment, Mail
from shared.domain.routes import Channel
from shared.report.render.csv_file import csv_file
from shared.report.render.identity import message_id
from shared.report.render.links import Links
from shared.report.render.outline import FIGURES, outline
from shared.report.render.safe_text import isolated
from shared.report.render.words import counted

CSV = "text/csv; charset=utf-8"
COLORS = {"attention": "#c4314b", "warning": "#c27c0e", "good": "#2e8b57", "accent": "#4f6bed"}
"""The edge of a block. Each is told from white and from black; all text keeps the reader's own."""


def mail(view: DigestView, channel: Channel, links: Links) -> Mail:
    """Write a digest as the channel's mail."""
    file = csv_file(view.lines, channel, links)
    told = outline(view, channel, links)
    content = {
        "told": told,
        "links": links,
        "colors": COLORS,
        "figures_title": FIGURES,
        "attached": _attached(file.rows, sum(group.devices for group in view.groups)),
    }
    name = f"devices-{view.digest.id}.csv"
    return Mail(
        subject=told.headline,
        html=_templates().get_template("mail.html").render(content),
        text=_templates().get_template("mail.txt").render(content),
        to=channel.to,
        sender=channel.sender,
        attachments=(Attachment(name, CSV, file.content),) if file.rows else (),
        id=message_id(view, channel),
    )


def _attached(rows: int, lines: int) -> str | None:
    """Say what the file holds; a device is in it once for each of its reasons."""
    if not rows:
        return None
    if rows >= lines:
        return f"The file attached holds {'it' if lines == 1 else f'all {lines:,}'} for Excel."
    return (
        f"The file attached holds the first {counted(rows, 'row')} of {lines:,},"
        f" one for each device and reason; {lines - rows:,} are left out."
    )


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("shared.report.render"),
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["isolated"] = isolated
    return environment
