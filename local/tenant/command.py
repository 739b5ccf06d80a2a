"""`python -m local tenant`: serve a simulated tenant until interrupted."""

import asyncio
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from datetime import date

import msgspec
from msgspec.structs import replace

from local.tenant.calls import READER, WRITER
from local.tenant.faults import Faults
from local.tenant.scenarios import SCENARIOS
from local.tenant.server import TenantServer
from local.tenant.tenant import DEFAULT_DAY, DEFAULT_SEED

FASTEST = 60_000
"""Changes a minute, at most."""


def parser() -> ArgumentParser:
    """Describe the command line."""
    made = ArgumentParser(
        prog="python -m local tenant", description="Serve a simulated Microsoft Graph tenant."
    )
    made.add_argument("--devices", type=int, default=2_000, help="how many devices (%(default)s)")
    made.add_argument("--seed", type=int, default=DEFAULT_SEED, help="what all is computed from")
    made.add_argument("--port", type=int, default=0, help="0 takes a free one (%(default)s)")
    made.add_argument("--scenario", choices=sorted(SCENARIOS), default="typical")
    made.add_argument(
        "--today",
        type=date.fromisoformat,
        default=DEFAULT_DAY,
        help="the day its devices were last in use (%(default)s)",
    )
    made.add_argument(
        "--fault",
        action="append",
        type=_pair,
        default=[],
        metavar="NAME=VALUE",
        help=f"one of {', '.join(Faults.__struct_fields__)}; may be repeated",
    )
    made.add_argument(
        "--permission",
        action="append",
        metavar="NAME",
        help="the reading identity holds only these; may be repeated",
    )
    made.add_argument(
        "--without-role", action="store_true", help="the write identity is no Intune Administrator"
    )
    made.add_argument(
        "--live",
        type=_rate,
        default=0.0,
        metavar="RATE",
        help="let so many changes a minute happen, which depend on the seed",
    )
    made.add_argument("--approval", action="store_true", help="Multi Admin Approval is on")
    return made


def main(argv: Sequence[str]) -> int:
    """Serve until interrupted; the first line printed is the URL."""
    commands = parser()
    wanted = commands.parse_args(argv)
    try:
        faults = msgspec.convert(dict(wanted.fault), Faults, strict=False)
    except msgspec.ValidationError as error:
        commands.error(f"--fault: {error}")
    permissions = None if wanted.permission is None else frozenset(wanted.permission)
    server = TenantServer(
        seed=wanted.seed,
        devices=wanted.devices,
        scenario=wanted.scenario,
        faults=faults,
        port=wanted.port,
        today=wanted.today,
        caller=replace(READER, permissions=permissions),
        writer=replace(WRITER, roles=frozenset()) if wanted.without_role else WRITER,
        multi_admin_approval=wanted.approval,
        live=wanted.live,
    )
    try:
        asyncio.run(_serve(server))
    except KeyboardInterrupt:
        return 0
    return 0


async def _serve(server: TenantServer) -> None:
    async with server:
        print(server.url, flush=True)
        await asyncio.Event().wait()


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 < rate <= FASTEST:
        raise ArgumentTypeError(f"{text} is not above 0 and at most {FASTEST:,} changes a minute")
    return rate


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value
