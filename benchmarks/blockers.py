"""Listing all blockers of many devices: the product's own way against others' rule engines."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeAlias

from msgspec import Struct

from benchmarks.book import DAY
from benchmarks.fleet import bodies
from benchmarks.table import Measured
from benchmarks.timing import fastest
from benchmarks.twelve import TWELVE, rules
from shared.adapters.graph.device_page import decode_page
from shared.domain.assessment import Assessment
from shared.domain.editions import DEFAULT_EDITION, EDITIONS
from shared.domain.facts import Facts, TenantFacts
from shared.domain.reach import Reached, facts_of
from shared.use_cases.assess import Assessor

DEVICES = 100_000
SAMPLED = 20
ROUNDS = 7

Blockers: TypeAlias = Sequence[str]


class Page(Struct, frozen=True):
    """The same devices in each side's natural form: facts, and Graph's JSON objects."""

    facts: Sequence[Facts]
    objects: list[dict[str, Any]]


Lister: TypeAlias = Callable[[Page], list[Blockers]]


def page_of(body: bytes) -> Page:
    """Prepare a page for both sides; devices that the product leaves out are left out of both."""
    structs = decode_page(body).devices
    kept = {device.id for device in structs}
    found = {one.get("id"): one for one in json.loads(body)["value"] if one.get("id") in kept}
    return Page([facts_of(device, Reached()) for device in structs], list(found.values()))


class _Blockers(dict[Assessment, Blockers]):
    """The blockers of assessments, each listed once."""

    def __missing__(self, assessment: Assessment) -> Blockers:
        self[assessment] = tuple(finding.reason for finding in assessment.backup.blockers)
        return self[assessment]


def ours() -> Lister:
    """List as the product does: an assessment once per distinct facts, and looked up after."""
    assess = assessor().assess
    blockers = _Blockers()

    def listed(page: Page) -> list[Blockers]:
        return [blockers[assess(facts)] for facts in page.facts]

    return listed


def assessor() -> Assessor:
    """Build the product's assessor for the twelve rules."""
    return Assessor(TenantFacts(), EDITIONS[DEFAULT_EDITION], DAY, rules=rules())


def lambdas() -> Lister:
    """List by asking a tuple of Python lambdas, device by device."""
    asked = tuple((condition.code, condition.facts) for condition in TWELVE)

    def listed(page: Page) -> list[Blockers]:
        return [[code for code, holds in asked if holds(facts)] for facts in page.facts]

    return listed


def custodian() -> Lister:
    """List by Cloud Custodian's filters, each over the whole page as its policies do."""
    core = import_module("c7n.filters.core")
    registry = core.FilterRegistry("devices")
    filters = [(c.code, registry.factory(c.custodian)) for c in TWELVE]

    def listed(page: Page) -> list[Blockers]:
        found: list[list[str]] = [[] for _ in page.objects]
        places = {
            id(device): blockers for device, blockers in zip(page.objects, found, strict=True)
        }
        for code, matching in filters:
            for device in matching.process(page.objects):
                places[id(device)].append(code)
        return [*found]

    return listed


def zen() -> Lister:
    """List by one compiled expression of GoRules' zen, its quickest form for this."""
    choices = ", ".join(f"({c.zen}) ? '{c.code}' : null" for c in TWELVE)
    expression = import_module("zen").compile_expression(f"filter([{choices}], # != null)")

    def listed(page: Page) -> list[Blockers]:
        return [expression.evaluate(device) for device in page.objects]

    return listed


def measure() -> Iterator[Measured]:
    """Measure this product against each peer, after all have given the same answers."""
    served = list(bodies("ready", DEVICES))
    sample = served[::SAMPLED]
    agree(sample, {"lambdas": lambdas, "c7n": custodian, "zen-engine": zen})
    own, plain = fastest([ours(), lambdas()], served, ROUNDS, page_of)
    devices = sum(len(page_of(body).facts) for body in served)
    yield Measured.times_as_fast(
        "listing all blockers against a tuple of Python lambdas",
        2.5,
        plain / own,
        f"12 predicates on the facts of {devices:,} devices, {own / devices * 1e6:.2f} against"
        f" {plain / devices * 1e6:.2f} µs a device; ours is Assessor.assess, each facts' hash"
        f" computed anew; by turns, fastest of {ROUNDS} rounds",
    )
    sampled = sum(len(page_of(body).facts) for body in sample)
    for name, peer, goal in (
        ("Cloud Custodian's filters", custodian, 100),
        ("GoRules' zen-engine", zen, 10),
    ):
        (slow,) = fastest([peer()], sample, ROUNDS, page_of)
        yield Measured.times_as_fast(
            f"listing all blockers against {name}",
            goal,
            (slow / sampled) / (own / devices),
            f"the same predicates on Graph's JSON, {own / devices * 1e6:.2f} against"
            f" {slow / sampled * 1e6:.1f} µs a device; the peer lists every {SAMPLED}th page"
            f" ({sampled:,} devices), which stands for all",
        )


def agree(sample: Sequence[bytes], peers: Mapping[str, Callable[[], Lister]]) -> None:
    """Check that every peer lists what this product lists. Raises AssertionError naming one."""
    own = ours()
    for name, peer in peers.items():
        listed = peer()
        for page in map(page_of, sample):
            for facts, wanted, found in zip(page.facts, own(page), listed(page), strict=True):
                if [*wanted] != [*found]:
                    raise AssertionError(f"{name} lists {found} for {facts}, ours {wanted}")
