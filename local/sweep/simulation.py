"""A whole installation on a simulated tenant, for as long as a command runs."""

from argparse import Action, Namespace
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from msgspec import Struct
from rich.console import Console

from local.stored import opened
from local.sweep.command import count
from local.sweep.follow import follow
from local.sweep.place import Place, listening
from local.sweep.programs import SIMULATED_TENANT, Host, app_settings, storage, tail, tenant
from local.tenant.scenarios import SCENARIOS
from shared.bootstrap import Storage
from shared.errors import ReadinessError


class Simulation(Struct, frozen=True):
    """What runs: the host with its timers, its storage, and where the tenant answers."""

    host: Host
    stored: Storage
    tenant: str

    async def sweep(self, console: Console) -> None:
        """Make a first sweep. Raises ReadinessError when it does not complete."""
        sweep = await follow(self.host, self.stored.sweeps, console)
        if sweep.state != "complete":
            raise ReadinessError(f"the first sweep ended {sweep.state}: {sweep.reason}")

    def check(self) -> None:
        """See that the host lives. Raises ReadinessError with the end of its log."""
        if not self.host.running:
            raise ReadinessError(
                f"the local host has died; the end of its log:\n{tail(self.host.log)}"
            )


def add_tenant_options(add: Callable[..., Action], *, devices: int) -> None:
    """Add which tenant is simulated to a command's options."""
    add("--devices", type=count, default=devices, help="how many devices (%(default)s)")
    add("--seed", type=int, default=2026, help="what the tenant is computed from")
    add("--scenario", default="typical", choices=sorted(SCENARIOS), help="(%(default)s)")


def tenant_arguments(wanted: Namespace) -> list[str]:
    """Write these options as `python -m local tenant` takes them."""
    arguments = ["--devices", str(wanted.devices), "--seed", str(wanted.seed)]
    return [*arguments, "--scenario", wanted.scenario]


def claim(place: Place) -> None:
    """See that no other command runs this tenant. Raises ReadinessError."""
    if listening(place.ports().blob):
        raise ReadinessError(
            f"this tenant is being run already, or {place.folder} was left by a command that is"
            " still ending; wait for its end, or choose another --seed"
        )


@asynccontextmanager
async def running(
    place: Place, arguments: Sequence[str], *, port: int | None = None, **settings: str
) -> AsyncIterator[Simulation]:
    """Start storage, tenant and host, and end them with the context."""
    with storage(place) as connection, tenant(place, arguments) as url:
        environ = app_settings(connection, url, SIMULATED_TENANT) | settings
        async with opened(connection) as stored:
            with Host(place, port or place.ports().host, environ, timers=True) as host:
                yield Simulation(host, stored, url)
