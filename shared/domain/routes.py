"""Who is told what, and where: channels and the routes that lead to them."""

from collections.abc import Iterable
from datetime import time
from typing import Literal, TypeAlias

from msgspec import Struct

from shared.domain.digest import DigestKind, Line, Severity
from shared.domain.rule import Capability
from shared.domain.spelling import uncased

ChannelKind: TypeAlias = Literal["teams", "graph_mail", "smtp_mail", "webhook"]


class QuietHours(Struct, frozen=True, forbid_unknown_fields=True):
    """A part of each day, in the channel's time zone, in which it is not disturbed."""

    begin: time
    end: time


class Channel(Struct, frozen=True, forbid_unknown_fields=True):
    """One place where people read.

    `secret` names the app setting that holds the webhook URL, never the URL itself; `signing_key`
    likewise. `to` and `sender` are mail addresses. Times are shown in `time_zone`.
    """

    name: str
    kind: ChannelKind
    secret: str | None = None
    signing_key: str | None = None
    envelope: Literal["message", "card"] = "message"
    to: tuple[str, ...] = ()
    sender: str | None = None
    time_zone: str = "UTC"
    quiet: QuietHours | None = None
    user_names: bool = True


class Route(Struct, frozen=True, forbid_unknown_fields=True):
    """Lines and digests that match go to these channels; what is left empty matches all.

    Categories, profiles and models are compared whole, whatever the case of their letters.
    """

    to: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    severities: tuple[Severity, ...] = ()
    categories: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    kinds: tuple[DigestKind, ...] = ()


class Routes(Struct, frozen=True, forbid_unknown_fields=True):
    """routes.toml. What no route matches goes to the `default` channels.

    `operations` are those that hear of failures of the product itself; the default ones if empty.
    """

    channels: tuple[Channel, ...]
    default: tuple[str, ...]
    routes: tuple[Route, ...] = ()
    operations: tuple[str, ...] = ()


class Scope(Struct, frozen=True):
    """What a route asks of a line; the names of its device are `uncased`, and empty matches all."""

    reasons: frozenset[str] = frozenset()
    capabilities: frozenset[Capability] = frozenset()
    severities: frozenset[Severity] = frozenset()
    categories: frozenset[str] = frozenset()
    profiles: frozenset[str] = frozenset()
    models: frozenset[str] = frozenset()

    def holds(self, line: Line) -> bool:
        """Tell whether a line is asked for; one of its capabilities is enough."""
        return (
            (not self.reasons or line.reason in self.reasons)
            and (not self.capabilities or not self.capabilities.isdisjoint(line.capabilities))
            and (not self.severities or line.severity in self.severities)
            and _has(self.categories, line.category)
            and _has(self.profiles, line.profile)
            and _has(self.models, line.model)
        )


class Share(Struct, frozen=True):
    """The lines of a digest that one channel is sent: those for which one of `scopes` holds.

    With `unless` set, the channel is a default one, and is sent as well those for which none of
    `unless` holds; without any, that is all of them.
    """

    channel: str
    scopes: tuple[Scope, ...]
    unless: tuple[Scope, ...] | None = None

    def holds(self, line: Line) -> bool:
        """Tell whether a line is part of the share."""
        return any(scope.holds(line) for scope in self.scopes) or (
            self.unless is not None and not any(scope.holds(line) for scope in self.unless)
        )


def shares(routes: Routes, kind: DigestKind) -> tuple[Share, ...]:
    """Return what each channel is sent of a digest with lines, without those that are sent nothing.

    This is all that a filter in SQL needs: it says of each line what `Share.holds` says.
    """
    routed = [(route.to, _scope(route)) for route in routes.routes if _takes(route, kind)]
    unless = tuple(scope for _, scope in routed)
    every = (
        Share(
            channel.name,
            tuple(scope for to, scope in routed if channel.name in to),
            unless if channel.name in routes.default else None,
        )
        for channel in routes.channels
    )
    return tuple(share for share in every if share.scopes or share.unless is not None)


def channels_of(routes: Routes, kind: DigestKind, line: Line) -> tuple[str, ...]:
    """Return the channels that a line goes to: those of all routes it matches, else the default."""
    return tuple(share.channel for share in shares(routes, kind) if share.holds(line))


def channels_of_digest(routes: Routes, kind: DigestKind) -> tuple[str, ...]:
    """Return the channels that a digest without lines goes to.

    It goes to those of all routes that take its kind and ask nothing of lines, else the default.
    Operations go to the channels named for them, whatever the routes say.
    """
    if kind == "operations":
        return _in_order(routes, routes.operations or routes.default)
    routed = {
        name
        for route in routes.routes
        if _takes(route, kind) and _scope(route) == Scope()
        for name in route.to
    }
    return _in_order(routes, routed or routes.default)


def _in_order(routes: Routes, names: Iterable[str]) -> tuple[str, ...]:
    wanted = set(names)
    return tuple(channel.name for channel in routes.channels if channel.name in wanted)


def _takes(route: Route, kind: DigestKind) -> bool:
    return not route.kinds or kind in route.kinds


def _scope(route: Route) -> Scope:
    return Scope(
        reasons=frozenset(route.reasons),
        capabilities=frozenset(route.capabilities),
        severities=frozenset(route.severities),
        categories=frozenset(map(uncased, route.categories)),
        profiles=frozenset(map(uncased, route.profiles)),
        models=frozenset(map(uncased, route.models)),
    )


def _has(names: frozenset[str], found: str | None) -> bool:
    return not names or (found is not None and uncased(found) in names)
