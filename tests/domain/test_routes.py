"""Each line and digest goes to the channels of its routes, and to the default ones without any."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.digest import DigestKind, Line
from shared.domain.routes import Route, Routes, channels_of, channels_of_digest, shares
from tests.telling_builders import REASON, line, routed

OPS = ("ops",)
LINELESS: tuple[DigestKind, ...] = ("baseline", "storm", "tenant", "test")

some = st.sampled_from
routes = st.builds(
    Route,
    to=st.lists(some(["main", "ops", "desk"]), min_size=1).map(tuple),
    reasons=some([(), (REASON,), ("x", "y")]),
    capabilities=some([(), ("restore",), ("first_sign_in_restore",)]),
    severities=some([(), ("high",), ("high", "medium")]),
    categories=some([(), ("KIOSK",), ("Desk",)]),
    profiles=some([(), ("Sales Laptops", "x")]),
    models=some([(), ("surface pro 10",)]),
    kinds=some([(), ("sweep",), ("changes", "storm")]),
)
tables = st.builds(
    lambda made, default: routed(*made, default=default),
    st.lists(routes, max_size=4),
    some([("main",), ("main", "desk")]),
)
lines = st.builds(
    lambda reason, severity, category: line(reason=reason, severity=severity, category=category),
    some([REASON, "x"]),
    some(["high", "medium"]),
    some(["Kiosk", "kiosk", None]),
)


def test_without_routes_everything_goes_to_the_default() -> None:
    assert channels_of(routed(), "sweep", line()) == ("main",)


@pytest.mark.parametrize(
    ("asked", "answered", "other"),
    [
        ({"reasons": ("x", REASON)}, {}, {"reason": "y"}),
        ({"capabilities": ("restore",)}, {}, {"capabilities": ("backup",)}),
        ({"severities": ("high",)}, {}, {"severity": "medium"}),
        ({"categories": ("KIOSK",)}, {}, {"category": "Kiosks"}),
        ({"categories": ("Straße",)}, {"category": "STRAßE"}, {"category": None}),
        ({"profiles": ("sales laptops",)}, {}, {"profile": None}),
        ({"models": ("surface PRO 10",)}, {}, {"model": "Surface"}),
    ],
)
def test_a_line_that_a_route_asks_for_goes_its_way_and_others_do_not(
    asked: dict[str, Any], answered: dict[str, Any], other: dict[str, Any]
) -> None:
    table = routed(Route(OPS, **asked))
    assert channels_of(table, "sweep", line(**answered)) == ("ops",)
    assert channels_of(table, "sweep", line(**other)) == ("main",)


def test_all_that_a_route_asks_must_hold() -> None:
    table = routed(Route(OPS, reasons=(REASON,), categories=("Desk",)))
    assert channels_of(table, "sweep", line()) == ("main",)


def test_a_line_goes_the_way_of_every_route_it_matches_once() -> None:
    table = routed(
        Route(("desk", "ops"), reasons=(REASON,)),
        Route(OPS, severities=("high",)),
        Route(("main",), reasons=("x",)),
    )
    assert channels_of(table, "sweep", line()) == ("ops", "desk")


def test_a_route_for_other_kinds_of_digest_is_as_if_it_were_not_there() -> None:
    table = routed(Route(OPS, kinds=("changes",)))
    assert channels_of(table, "changes", line()) == ("ops",)
    assert channels_of(table, "sweep", line()) == ("main",)


def law(routes: Routes, kind: DigestKind, line: Line) -> set[str]:
    """Say the same as the product, in other words."""
    matched: set[str] = set()
    for route in routes.routes:
        device = ((route.categories, line.category), (route.profiles, line.profile),
                  (route.models, line.model))  # fmt: skip
        if (
            kind in (route.kinds or (kind,))
            and line.reason in (route.reasons or (line.reason,))
            and line.severity in (route.severities or (line.severity,))
            and set(line.capabilities) & set(route.capabilities or line.capabilities)
            and all(str(has).lower() in map(str.lower, asked) for asked, has in device if asked)
        ):
            matched |= set(route.to)
    return matched or set(routes.default)


@given(tables, some(["sweep", "changes"]), lines)
def test_for_any_routes_a_line_goes_where_they_say_and_always_somewhere(
    table: Routes, kind: DigestKind, line: Line
) -> None:
    found = channels_of(table, kind, line)
    assert found
    assert set(found) == law(table, kind, line)
    assert list(found) == [each.name for each in table.channels if each.name in found]


def test_a_channel_that_is_sent_no_line_has_no_share() -> None:
    table = routed(Route(OPS, kinds=("changes",)))
    assert [share.channel for share in shares(table, "sweep")] == ["main"]
    assert [share.channel for share in shares(table, "changes")] == ["main", "ops"]


@pytest.mark.parametrize("kind", LINELESS)
def test_a_digest_without_lines_goes_the_way_of_its_kind_or_else_to_the_default(
    kind: DigestKind,
) -> None:
    assert channels_of_digest(routed(), kind) == ("main",)
    assert channels_of_digest(routed(Route(OPS, kinds=(kind,))), kind) == ("ops",)
    assert channels_of_digest(routed(Route(OPS, kinds=("sweep",))), kind) == ("main",)
    assert channels_of_digest(routed(Route(OPS)), kind) == ("ops",)


def test_a_route_that_asks_for_lines_is_none_for_a_digest_without_them() -> None:
    table = routed(Route(OPS, kinds=("storm",), reasons=(REASON,)))
    assert channels_of_digest(table, "storm") == ("main",)


def test_operations_go_to_those_named_for_them_or_else_to_the_default() -> None:
    everything = Route(("desk",))
    assert channels_of_digest(routed(everything, operations=("ops",)), "operations") == ("ops",)
    assert channels_of_digest(routed(everything), "operations") == ("main",)
