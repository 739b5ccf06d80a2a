"""Digests on a real Azurite, and what of them each channel sees."""

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.storage.blobs import Blobs
from shared.adapters.storage.digests import MOST_EXAMPLES, BlobDigests, view_of
from shared.domain.digest import Digest, DigestKind, DigestView, Group, Line, Notice
from shared.domain.routes import Channel, Route, Routes, channels_of
from shared.errors import StorageError
from tests.adapters.storage.tellings import BUILD, POLICY, WEEK_AGO, line, write_lines

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CHANNELS = tuple(Channel(name, "teams") for name in ("desk", "lab", "ops"))


def routes(*routes: Route) -> Routes:
    return Routes(CHANNELS, default=("ops",), routes=routes)


def digest(id: str = "20261122T120000Z", **differing: Any) -> Digest:
    values: dict[str, Any] = {"kind": "sweep", "composed": NOW, "fleet": 10}
    return Digest(id, **(values | differing))


@pytest.fixture
def digests(blobs: Blobs) -> BlobDigests:
    return BlobDigests(blobs)


async def test_a_digest_is_read_back_as_it_was_stored(digests: BlobDigests) -> None:
    stored = digest(notices=(Notice("sweep", "The sweep was missed."),))
    assert await digests.digest(stored.id) is None
    await digests.store(stored, None)
    await digests.store(stored, None)
    assert await digests.digest(stored.id) == stored


async def test_the_newest_digest_is_found_by_kind(digests: BlobDigests) -> None:
    assert await digests.last() is None
    kinds: list[tuple[str, DigestKind]] = [("1", "baseline"), ("2", "sweep"), ("3", "changes")]
    for id, kind in kinds:
        await digests.store(digest(id, kind=kind), None)
    assert await digests.last() == "3"
    assert await digests.last("baseline") == "1"
    assert await digests.last("storm") is None


async def test_the_digests_after_one_are_found_in_order(digests: BlobDigests) -> None:
    assert await digests.after(None) == []
    for id in ("3", "1", "2"):
        await digests.store(digest(id), None)
    assert await digests.after(None) == ["1", "2", "3"]
    assert await digests.after("1") == ["2", "3"]
    assert await digests.after("3") == []


async def test_a_channel_sees_its_own_lines_counted_anew(
    digests: BlobDigests, tmp_path: Path
) -> None:
    lines = [
        line("a", category="Lab"),
        line("b", category="Lab", reason=POLICY, severity="medium"),
        line("c"),
    ]
    whole = digest(devices=3)
    await digests.store(whole, write_lines(tmp_path / "lines.parquet", lines))
    routed = routes(Route(("lab",), categories=("LAB",)))
    lab = await digests.view(whole.id, routed, "lab", 1)
    assert (lab.digest, lab.devices, lab.lines) == (whole, 2, (lines[0],))
    assert [(g.reason, g.devices, g.examples) for g in lab.groups] == [
        (BUILD, 1, (lines[0],)),
        (POLICY, 1, (lines[1],)),
    ]
    ops = await digests.view(whole.id, routed, "ops", 9)
    assert (ops.devices, ops.lines) == (1, (lines[2],))
    assert await digests.view(whole.id, routed, "desk", 9) == DigestView(whole, 0, ())
    assert await digests.view(whole.id, routed, "nowhere", 9) == DigestView(whole, 0, ())


async def test_a_digest_that_names_no_device_is_the_same_on_every_channel(
    digests: BlobDigests,
) -> None:
    groups = (Group(BUILD, "raised", "high", 3),)
    whole = digest(kind="baseline", devices=3, groups=groups)
    await digests.store(whole, None)
    for channel in ("ops", "desk"):
        assert await digests.view(whole.id, routes(), channel, 9) == DigestView(whole, 3, groups)


async def test_a_digest_without_lines_is_an_empty_view(digests: BlobDigests) -> None:
    await digests.store(digest(kind="operations"), None)
    seen = await digests.view(digest().id, routes(), "ops", 9)
    assert (seen.devices, seen.groups, seen.lines) == (0, (), ())


async def test_a_digest_that_is_missing_is_an_error_that_names_it(digests: BlobDigests) -> None:
    with pytest.raises(StorageError, match="digest 'never' is missing"):
        await digests.view("never", routes(), "ops", 9)


async def test_a_blob_that_holds_no_digest_is_an_error_that_names_it(
    digests: BlobDigests, blobs: Blobs
) -> None:
    await blobs.write("digests/x/digest.json", b"{}")
    with pytest.raises(StorageError, match="does not hold a digest"):
        await digests.digest("x")


def seen(
    lines: Sequence[Line], routed: Routes, channel: str, folder: Path, most: int
) -> DigestView:
    return view_of(digest(), routed, channel, write_lines(folder / "lines.parquet", lines), most)


def test_a_view_of_many_lines_names_few_of_each_group(tmp_path: Path) -> None:
    lines = [line(f"{n:05d}", model=f"model {n % 400}") for n in range(10_000)]
    view = seen(lines, routes(Route(("lab",), models=("MODEL 7", "MODEL 8"))), "ops", tmp_path, 25)
    assert view.devices == 9950
    assert [(group.devices, len(group.examples)) for group in view.groups] == [
        (9950, MOST_EXAMPLES)
    ]
    assert len(view.lines) == 25


def test_lines_are_read_back_with_strange_names_and_without_names(tmp_path: Path) -> None:
    strange = line("a", name="<b>محمد 🖥️'; DROP--", user_name="=cmd|x", since=WEEK_AGO)
    nameless = line("b", name=None, user_name=None, serial=None, manufacturer=None, model=None)
    assert set(seen([strange, nameless], routes(), "ops", tmp_path, 9).lines) == {strange, nameless}


texts = st.sampled_from([None, "Lab", "LAB", "Straße", "ΟΔΟΣ", "οδος"])
some_lines = st.builds(
    line,
    st.uuids().map(str),
    reason=st.sampled_from([BUILD, POLICY]),
    severity=st.sampled_from(["high", "medium"]),
    capabilities=st.sampled_from([("backup",), ("backup", "restore"), ("restore",)]),
    category=texts,
    profile=texts,
    model=texts,
)
some_names = st.lists(st.sampled_from(["lab", "Straße", "οδος"]), max_size=2).map(tuple)
some_routes = st.builds(
    Route,
    st.sampled_from([("desk",), ("lab", "ops")]),
    reasons=st.sampled_from([(), (), (BUILD,)]),
    capabilities=st.sampled_from([(), (), ("restore",)]),
    severities=st.sampled_from([(), (), ("high",)]),
    categories=some_names,
    profiles=some_names,
    models=some_names,
    kinds=st.sampled_from([(), (), ("sweep",), ("changes",)]),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(some_lines, max_size=30), st.lists(some_routes, max_size=4))
def test_every_channel_sees_exactly_the_lines_that_its_routes_lead_to(
    lines: list[Line], listed: list[Route]
) -> None:
    routed = routes(*listed)
    for channel in CHANNELS:
        with tempfile.TemporaryDirectory() as folder:
            view = seen(lines, routed, channel.name, Path(folder), 1000)
        expected = {x for x in lines if channel.name in channels_of(routed, "sweep", x)}
        assert set(view.lines) == expected
        assert view.devices == sum(group.devices for group in view.groups) == len(expected)
