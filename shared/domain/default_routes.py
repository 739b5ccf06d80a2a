"""The routes of an installation that has no routes file: whatever its settings name."""

import re
from collections.abc import Iterator, Mapping

from shared.domain.routes import Channel, Routes

TEAMS_URL, WEBHOOK_URL, WEBHOOK_KEY = "TEAMS_WEBHOOK_URL", "WEBHOOK_URL", "WEBHOOK_KEY"
"""Names of settings; channels name them, and never hold what they hold."""


def default_routes(settings: Mapping[str, str]) -> Routes:
    """Make a channel of each kind that the settings configure; all of them hear of everything.

    `teams` of TEAMS_WEBHOOK_URL; `mail` of MAIL_FROM and MAIL_TO, by SMTP where SMTP_HOST is set
    and by Graph elsewhere; `webhook` of WEBHOOK_URL, signed where WEBHOOK_KEY is set. TIME_ZONE is
    that of all. Without any of these nobody is told.
    """
    channels = tuple(_channels({name: value.strip() for name, value in settings.items()}))
    return Routes(channels=channels, default=tuple(channel.name for channel in channels))


def _channels(settings: Mapping[str, str]) -> Iterator[Channel]:
    time_zone = settings.get("TIME_ZONE") or "UTC"
    if settings.get(TEAMS_URL):
        yield Channel("teams", "teams", secret=TEAMS_URL, time_zone=time_zone)
    sender, to = settings.get("MAIL_FROM"), settings.get("MAIL_TO")
    if sender or to:
        yield Channel(
            "mail",
            "smtp_mail" if settings.get("SMTP_HOST") else "graph_mail",
            to=tuple(filter(None, re.split(r"[\s,;]+", to or ""))),
            sender=sender or None,
            time_zone=time_zone,
        )
    if settings.get(WEBHOOK_URL):
        key = WEBHOOK_KEY if settings.get(WEBHOOK_KEY) else None
        yield Channel(
            "webhook", "webhook", secret=WEBHOOK_URL, signing_key=key, time_zone=time_zone
        )
