"""The SQL of telling finds due exactly what domain/telling.py says, and keeps the rest."""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from shared.domain.exemption import Exemption, matches
from shared.domain.history import History, OpenBlocker
from shared.domain.known_device import KnownDevice
from shared.domain.telling import Open, Terms, Told, due
from tests.adapters.storage.known_devices import known
from tests.adapters.storage.tellings import (
    BUILD,
    NOW,
    POLICY,
    Key,
    World,
    exemption,
    write_told,
)
from tests.builders import TODAY

IDS = "abcdefghijklmnop"
MICROSECOND, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)

limits = st.sampled_from([timedelta(), HOUR, DAY])
ages = st.sampled_from([timedelta(), HOUR - MICROSECOND, HOUR, DAY - MICROSECOND, DAY])
earlier = st.sampled_from([timedelta(), MICROSECOND])
keys = st.tuples(st.sampled_from(["backup", "restore"]), st.sampled_from([BUILD, POLICY]))
names = st.sampled_from([None, "PC-a", "pc-A", "Straße", "STRASSE", "İx", "ΟΔΟΣ", "οδος"])
scopes = st.sampled_from([None, None, None, "PC-A", "straße", "ix", "Οδος"])


@st.composite
def devices(draw: st.DrawFn, id: str) -> KnownDevice:
    """Draw a device with anything open, which may be gone."""
    gone = draw(st.booleans())
    opened = {} if gone else draw(st.dictionaries(keys, st.tuples(ages, earlier)))
    history = History(
        tuple(
            OpenBlocker(*key, NOW - age - before, NOW - age, held=draw(st.booleans()))
            for key, (age, before) in opened.items()
        )
    )
    shown: dict[str, Any] = {
        name: draw(names) for name in ("name", "serial", "category", "profile", "model")
    }
    return known(id, history=history, gone=gone, **shown)


exemptions = st.builds(
    exemption,
    reason_code=st.sampled_from([None, None, BUILD]),
    expires=st.sampled_from([TODAY - DAY, TODAY, TODAY + DAY]),
    device=scopes | st.sampled_from(IDS.upper()),
    category=scopes,
    profile=scopes,
    model=scopes,
)
terms = st.builds(
    Terms, grace=st.dictionaries(st.sampled_from([BUILD, POLICY]), limits), flap_window=limits
)
words = st.dictionaries(
    keys, st.builds(Told, st.sampled_from(["blocked", "clear"]), ages.map(lambda age: NOW - age))
)


class Case(Struct, frozen=True):
    """What stands, half of it in the overlay, and what was told."""

    snapshot: Sequence[KnownDevice]
    overlay: Sequence[KnownDevice]
    told: Mapping[Key, Told]
    exemptions: Sequence[Exemption]
    terms: Terms

    def standing(self) -> dict[Key, Open]:
        """Lay the overlay over the snapshot, and list what is open."""
        now = {d.record.id: d for d in self.snapshot} | {d.record.id: d for d in self.overlay}
        return {
            (id, b.capability, b.reason): Open(
                b.first_seen,
                b.since,
                any(matches(e, device.record, b.reason, TODAY) for e in self.exemptions),
            )
            for id, device in now.items()
            for b in device.history.open
        }

    def due(self) -> dict[Key, str]:
        """Say what is due as the domain has it."""
        standing = self.standing()
        said = {
            key: due(
                self.told.get(key),
                standing.get(key),
                self.terms.grace.get(key[2], timedelta()),
                self.terms,
                NOW,
            )
            for key in {*standing, *self.told}
        }
        return {key: change for key, change in said.items() if change is not None}

    def told_then(self) -> dict[Key, Told]:
        """Say what has been told once that is out."""
        kept = {
            key: told
            for key, told in self.told.items()
            if told.word == "blocked" or NOW - told.at < self.terms.flap_window
        }
        return kept | {
            key: Told("clear" if change == "cleared" else "blocked", NOW)
            for key, change in self.due().items()
        }


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw devices in the snapshot, in its overlay, in both and in neither."""
    return Case(
        snapshot=[d for id in IDS[:10] if not (d := draw(devices(id))).gone],
        overlay=[draw(devices(id)) for id in IDS[7:14]],
        told={(id, *key): told for id in IDS for key, told in draw(words).items()},
        exemptions=draw(st.lists(exemptions, max_size=4)),
        terms=draw(terms),
    )


@settings(max_examples=20, deadline=None)
@given(cases())
def test_the_sql_says_what_the_domain_says_and_remembers_it(case: Case) -> None:
    with tempfile.TemporaryDirectory() as folder:
        told = write_told(Path(folder) / "told.parquet", case.told)
        world = World(case.snapshot, case.overlay, told, case.terms, case.exemptions)
        outcome = world.outcome()
    assert outcome.words == case.due()
    assert outcome.told == case.told_then()
