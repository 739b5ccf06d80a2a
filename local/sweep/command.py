"""`python -m local sweep`: storage, tenant and host are started, one sweep runs, and is told."""

import argparse
import asyncio
import io
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from rich.console import Console
from rich.text import Text

from local.assess.visible import visible
from local.sweep.follow import follow
from local.sweep.place import Place, place_of
from local.sweep.programs import SIMULATED_TENANT, Host, app_settings, storage, tail, tenant
from local.sweep.report import draw, show
from local.sweep.signed_in import signed_in_tenant
from local.sweep.telling import tell_digests
from local.tenant.scenarios import SCENARIOS
from shared.bootstrap import Storage, build_storage
from shared.config import LOGIN_HOSTS, LOOPBACK, read_settings
from shared.domain.sweep import Sweep
from shared.errors import ReadinessError
from shared.report.summary import Summary
from shared.report.tenant_findings import tenant_findings

WIDTH = 120


def main(argv: Sequence[str]) -> int:
    """Sweep a simulated or a real tenant.

    The exit status is 1 when the sweep is not complete, or people could not be told of it.
    """
    wanted = _parser().parse_args(argv)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    name = (
        f"{urlsplit(wanted.graph).hostname}-{wanted.tenant_id or 'signed-in'}"
        if wanted.graph
        else f"{wanted.scenario}-{wanted.seed}-{wanted.devices}"
    )
    place = place_of(name)
    if wanted.fresh:
        shutil.rmtree(place.storage, ignore_errors=True)
    try:
        return asyncio.run(_sweep(wanted, place, console))
    except ReadinessError as error:
        console.print(Text("The sweep could not be made:", style="red"), _safe(str(error)))
        if place.log("host").exists():
            console.print(
                f"The end of {place.log('host')}:", _safe(tail(place.log("host"))), sep="\n"
            )
        return 1
    except KeyboardInterrupt:
        console.print("Interrupted; the same command goes on with this sweep.")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local sweep", description=__doc__)
    add = parser.add_argument
    add("--devices", type=count, default=2_000, help="size of the simulated tenant (%(default)s)")
    add("--seed", type=int, default=2026, help="what the simulated tenant is computed from")
    add(
        "--scenario",
        default="typical",
        choices=sorted(SCENARIOS),
        help="how the simulated tenant is set up (%(default)s)",
    )
    add("--fault", action="append", default=[], metavar="NAME=VALUE", help="see `tenant --help`")
    add(
        "--graph", metavar="URL", help="sweep a real tenant, read-only: https://graph.microsoft.com"
    )
    add("--tenant-id", help="the real tenant's id (default: the one you are signed in to)")
    add("--edition", help="rule edition (default: RULE_EDITION, or 2025-08-18)")
    add("--picture", metavar="FILE", type=Path, help="also draw the report's beginning, as SVG")
    add("--fresh", action="store_true", help="forget earlier sweeps of this tenant")
    return parser


def count(text: str) -> int:
    """Read a number of devices off the command line. Raises ArgumentTypeError."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of devices")
    return int(text)


async def _sweep(wanted: argparse.Namespace, place: Place, console: Console) -> int:
    console.print("Starting storage, tenant and host ...")
    with storage(place) as connection, _graph(wanted, place) as (url, tenant_id):
        environ = app_settings(connection, url, tenant_id)
        if wanted.edition:
            environ["RULE_EDITION"] = wanted.edition
        settings = read_settings({**os.environ, **environ})
        async with build_storage(settings) as stored:
            with Host(place, place.ports().host, environ) as host:
                told_before = await stored.telling.last()
                sweep = await follow(host, stored.sweeps, console)
                if sweep.state != "complete":
                    _show_failure(sweep, console)
                    return 1
                _report(await _keep_copies(sweep.id, stored, place), place, console, wanted.picture)
                told = await tell_digests(
                    sweep.id,
                    told_before,
                    host=host,
                    stored=stored,
                    settings=settings,
                    folder=place.report / "digest",
                    console=console,
                )
    return 0 if told else 1


@contextmanager
def _graph(wanted: argparse.Namespace, place: Place) -> Iterator[tuple[str, str]]:
    """Give the Graph to read and the tenant's id, serving a simulated one where none is named."""
    if wanted.graph:
        graph = wanted.graph.rstrip("/")
        host = urlsplit(graph).hostname or ""
        if host not in LOGIN_HOSTS and host not in LOOPBACK:
            hosts = ", ".join(f"https://{name}" for name in LOGIN_HOSTS)
            raise ReadinessError(f"--graph {graph}: give one of {hosts}")
        authority = urlsplit(LOGIN_HOSTS.get(host, graph)).netloc
        yield graph, wanted.tenant_id or signed_in_tenant(graph, authority)
        return
    faults = [word for fault in wanted.fault for word in ("--fault", fault)]
    arguments = ["--devices", str(wanted.devices), "--seed", str(wanted.seed)]
    with tenant(place, [*arguments, "--scenario", wanted.scenario, *faults]) as url:
        yield url, SIMULATED_TENANT


async def _keep_copies(sweep: str, stored: Storage, place: Place) -> Summary:
    """Copy the snapshot's files out of storage, where people can open them."""
    folder = place.report
    folder.mkdir(exist_ok=True)
    for name in ("devices.parquet", "changes.parquet", "assessments.json", "summary.json"):
        await stored.snapshots.file(sweep, name, folder / name)
    return msgspec.json.decode(await stored.snapshots.summary(sweep), type=Summary)


def _report(summary: Summary, place: Place, console: Console, picture: Path | None) -> None:
    show(summary, console)
    written = io.StringIO()
    show(summary, Console(file=written, width=WIDTH, highlight=False))
    (place.report / "report.txt").write_text(written.getvalue(), encoding="utf-8")
    if picture:
        draw(summary, picture)
    console.print(f"Snapshot and report: {place.report}", soft_wrap=True)
    console.print("  devices.parquet  changes.parquet  assessments.json  summary.json  report.txt")
    console.print("One device's story: python -m local explain NAME|ID|SERIAL")


def _show_failure(sweep: Sweep, console: Console) -> None:
    console.print(Text(f"Sweep {sweep.id} ended {sweep.state}.", style="bold red"))
    console.print(_safe(sweep.reason or ""))
    for finding in tenant_findings(sweep.reading):
        console.print(_safe(f"- {finding.title}: {finding.detail} {finding.fix}"))
    console.print("The last complete snapshot, if there is one, is still the current one.")


def _safe(text: str) -> Text:
    """Show what Graph or a stranger said as text and nothing else."""
    return Text("\n".join(map(visible, text.splitlines())))
