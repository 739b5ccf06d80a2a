"""`python -m local up`: the app on a simulated tenant, until Ctrl-C."""

import argparse
import asyncio
import shutil
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from local.node import install_azurite
from local.restore.address import DEFAULT_PORT
from local.sweep.place import listening, place_of
from local.sweep.simulation import (
    Simulation,
    add_tenant_options,
    claim,
    running,
    tenant_arguments,
)
from shared.domain.principal import READ
from shared.errors import ReadinessError

EVERY = 1.0
"""Seconds between two looks whether the host lives."""


def main(argv: Sequence[str]) -> int:
    """Serve until Ctrl-C. Raises ReadinessError where that cannot be."""
    wanted = _parser().parse_args(argv)
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    install_azurite()
    try:
        asyncio.run(_serve(wanted, console))
    except KeyboardInterrupt:
        console.print("\nStopped. What was stored is there again when it is started again.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local up",
        description="Starts storage, a simulated tenant and the app's host with its timers, makes a"
        " first sweep, and serves until Ctrl-C. Storage is that of `python -m local sweep`; the"
        " tenant begins anew. Settings such as RESTORE_APPROVALS are read from the environment.",
    )
    add = parser.add_argument
    add("--port", type=int, default=DEFAULT_PORT, help="the app's port (%(default)s)")
    add("--fresh", action="store_true", help="forget what was stored of this tenant")
    add = parser.add_argument_group("the simulated tenant").add_argument
    add_tenant_options(add, devices=2_000)
    add("--approval", **_passed_on("--approval"), help="Multi Admin Approval is on")
    add("--without-role", **_passed_on("--without-role"), help="the app is no Intune Administrator")
    return parser


def _passed_on(option: str) -> dict[str, Any]:
    """Describe an option that the tenant is given as it is."""
    return {"dest": "options", "action": "append_const", "const": option, "default": []}


async def _serve(wanted: argparse.Namespace, console: Console) -> None:
    place = place_of(f"{wanted.scenario}-{wanted.seed}-{wanted.devices}")
    claim(place)
    if listening(wanted.port):
        raise ReadinessError(f"port {wanted.port} is taken; choose another: --port")
    if wanted.fresh:
        shutil.rmtree(place.storage, ignore_errors=True)
    address = f"http://127.0.0.1:{wanted.port}"
    console.print("Starting storage, tenant and host ...")
    arguments = [*tenant_arguments(wanted), *wanted.options]
    async with running(place, arguments, port=wanted.port) as simulation:
        pointer, _ = await simulation.stored.snapshots.current()
        if pointer is None:
            await simulation.sweep(console)
        place.served.write_text(address, encoding="utf-8")
        try:
            console.print(_welcome(address, simulation))
            await _stay(simulation)
        finally:
            place.served.unlink(missing_ok=True)


async def _stay(simulation: Simulation) -> None:
    while True:
        simulation.check()
        await asyncio.sleep(EVERY)


def _welcome(address: str, simulation: Simulation) -> str:
    token = f"$(python -m local token --role {READ})"
    return "\n".join(
        [
            f"The app:    {address}/api (its log: {simulation.host.log})",
            f"The tenant: {simulation.tenant} (simulated Microsoft Graph)",
            "",
            "In another terminal:",
            "  python -m local restore status",
            "  python -m local preflight",
            '  python -m local restore plan enabled --reason "the pilot begins" --as anna',
            f'  curl -H "Authorization: Bearer {token}" {address}/api/restore-setting',
            "",
            "Serving; Ctrl-C ends.",
        ]
    )
