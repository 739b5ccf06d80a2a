"""What is wrong with channels and routes whose values can be read one by one."""

import re
from collections.abc import Collection, Iterator

from shared.domain.fault import Fault
from shared.domain.routes import Channel, ChannelKind, QuietHours, Route
from shared.domain.spelling import unknown
from shared.domain.time_zones import is_time_zone

CHANNEL_NAME = re.compile(r"[a-z0-9](-?[a-z0-9]){0,31}")
"""Names of channels become names of blobs."""

SETTING_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_NO = r"\x00-\x20\x7f-\xa0\s@<>()\[\],;:\\\""
ADDRESS = re.compile(rf"[^{_NO}]+@[^{_NO}.]+(\.[^{_NO}.]+)+")
"""One mail address without a name beside it, and with nothing that could end a header."""

NEEDED: dict[ChannelKind, frozenset[str]] = {
    "teams": frozenset({"secret"}),
    "graph_mail": frozenset({"sender", "to"}),
    "smtp_mail": frozenset({"sender", "to"}),
    "webhook": frozenset({"secret"}),
}
WELCOME: dict[ChannelKind, frozenset[str]] = {
    "teams": frozenset({"envelope"}),
    "graph_mail": frozenset(),
    "smtp_mail": frozenset(),
    "webhook": frozenset({"signing_key"}),
}
OWN = {"secret", "signing_key", "envelope", "to", "sender"}
"""The fields of a channel that depend on its kind: needed, welcome, or without a meaning."""


def channel_faults(channel: Channel) -> Iterator[Fault]:
    """Say what is wrong with a channel.

    No value is repeated, because it may be a secret that got into the wrong place.
    """
    if not CHANNEL_NAME.fullmatch(channel.name):
        yield Fault("name", "must be at most 32 of a-z and 0-9, with single hyphens in between")
    given = {field for field in OWN if getattr(channel, field) not in (None, (), "message")}
    needed, welcome = NEEDED[channel.kind], WELCOME[channel.kind]
    for field in sorted(needed - given):
        yield Fault(field, f"is missing, which a channel of kind {channel.kind} needs")
    for field in sorted(given - needed - welcome):
        yield Fault(field, f"means nothing for a channel of kind {channel.kind}")
    for field in ("secret", "signing_key"):
        setting = getattr(channel, field)
        if setting is not None and not SETTING_NAME.fullmatch(setting):
            yield Fault(
                field,
                "must be the name of an app setting, such as TEAMS_WEBHOOK_URL; what is secret"
                " stands in the settings, never here",
            )
    if channel.sender is not None and not ADDRESS.fullmatch(channel.sender):
        yield Fault("sender", "is no mail address")
    for number, address in enumerate(channel.to, start=1):
        if not ADDRESS.fullmatch(address):
            yield Fault(f"to[{number}]", "is no mail address")
    if not is_time_zone(channel.time_zone):
        yield Fault("time_zone", "is not known: it must be a name such as Europe/Amsterdam")
    if channel.quiet is not None:
        yield from (fault.within("quiet") for fault in _quiet_faults(channel.quiet))


def route_faults(
    route: Route, channels: Collection[str], reasons: Collection[str]
) -> Iterator[Fault]:
    """Say what is wrong with a route.

    `channels` are the names of all channels, `reasons` the codes of all blockers.
    """
    yield from target_faults("to", route.to, channels)
    for number, reason in enumerate(route.reasons, start=1):
        if reason not in reasons:
            yield Fault(f"reasons[{number}]", unknown(reason, reasons))
    if "operations" in route.kinds:
        yield Fault("kinds", "holds operations, which go to the channels that `operations` lists")


def target_faults(field: str, to: Collection[str], channels: Collection[str]) -> Iterator[Fault]:
    """Say what is wrong with a list of channels that something goes to."""
    if not to:
        yield Fault(field, "names no channel")
    for name in to:
        if name not in channels:
            named = f"the channel {name!r}" if CHANNEL_NAME.fullmatch(name) else "a channel"
            yield Fault(field, f"names {named}, which is not there")


def _quiet_faults(quiet: QuietHours) -> Iterator[Fault]:
    for field in ("begin", "end"):
        if getattr(quiet, field).tzinfo is not None:
            yield Fault(field, "must have no offset: it is a time in time_zone")
    if quiet.begin == quiet.end:
        yield Fault("end", "is when it begins")
