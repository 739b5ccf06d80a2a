"""Draws the pictures of docs/notifications: `python -m tests.report.render.cards`."""

import json
import sys
from pathlib import Path

from shared.report.render.card import card
from shared.report.render.mail import mail
from tests.report.render.cards import microsoft
from tests.report.render.digests import LINKS, MAIL, TEAMS, samples

PICTURES = Path(__file__).resolve().parents[4] / "docs" / "notifications"


def main(names: list[str]) -> None:
    """Draw the cards of these samples, all if none is named, and with all of them one mail."""
    if lack := microsoft.missing_parser() or microsoft.missing_browser():
        sys.exit(f"Pictures cannot be drawn: {lack}")
    chosen = {name: view for name, view in samples().items() if not names or name in names}
    for name, view in chosen.items():
        content = json.loads(card(view, TEAMS, LINKS))["attachments"][0]["content"]
        microsoft.picture(microsoft.page(card=content), PICTURES / f"{name}.png")
    if not names:
        html = mail(chosen["sweep"], MAIL, LINKS).html
        microsoft.picture(microsoft.page(mail=html), PICTURES / "mail.png")


main(sys.argv[1:])
