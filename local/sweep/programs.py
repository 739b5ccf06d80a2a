"""The programs a local sweep starts: storage, a simulated tenant, and the host."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from urllib.error import URLError
from urllib.request import Request, urlopen

from local.azurite import Azurite, connection_string
from local.environment import ROOT
from local.issuer import LOCAL_AUDIENCE
from local.leash import LEASHED, let_go
from local.sweep.place import Place, listening
from shared.errors import ReadinessError, StorageError

PATIENCE = 60.0
SIMULATED_TENANT = "11111111-2222-3333-4444-555555555555"
LOCAL_WRITER = "22222222-3333-4444-5555-666666666666"
"""The client id of the identity that may write to the simulated tenant."""

VISIBILITY = 30
"""Seconds until a page is taken up again after the host was killed."""


def app_settings(connection: str, graph_url: str, tenant_id: str) -> dict[str, str]:
    """Make the app settings of a local host, with the schedules that Azure would have."""
    return {
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "AzureWebJobsStorage": connection,
        "SWEEP_SCHEDULE": "0 0 2 * * *",
        "POLL_SCHEDULE": "0 */15 * * * *",
        "HEALTH_SCHEDULE": "0 10,40 * * * *",
        "GRAPH_URL": graph_url,
        "TENANT_ID": tenant_id,
        "API_AUDIENCE": LOCAL_AUDIENCE,
        "RESTORE_CLIENT_ID": LOCAL_WRITER,
    }


@contextmanager
def storage(place: Place) -> Iterator[str]:
    """Run Azurite in a place, or use the one an interrupted sweep left there; its connection."""
    ports = place.ports()
    connection = connection_string(ports.blob, ports.queue, ports.table)
    if listening(ports.blob):
        yield connection
        return
    with Azurite(place.storage, (ports.blob, ports.queue, ports.table)):
        yield connection


@contextmanager
def tenant(place: Place, arguments: Sequence[str]) -> Iterator[str]:
    """Run a simulated tenant, or use the one that is left; its URL."""
    port = place.ports().tenant
    if listening(port):
        yield f"http://127.0.0.1:{port}"
        return
    command = ["tenant", "--port", str(port), *arguments]
    with Program(command, place.log("tenant"), {}) as program:
        program.wait_for(port)
        yield f"http://127.0.0.1:{port}"


class Program:
    """One `python -m local ...` as a process of its own, writing to a log."""

    def __init__(self, command: Sequence[str], log: Path, environ: Mapping[str, str]) -> None:
        self._command = [sys.executable, "-m", "local.leashed", *command]
        self.log = log
        self._environ = {**os.environ, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", **environ}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, or start it again; what it says is added to the log."""
        self.stop()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environ,
                stdin=LEASHED,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_for(self, port: int) -> None:
        """Wait until it listens. Raises ReadinessError with the end of its log if it does not."""
        until = time.monotonic() + PATIENCE
        while not listening(port):
            if not self.running or time.monotonic() > until:
                self.stop()
                raise ReadinessError(
                    f"`{' '.join(self._command[2:])}` did not come up; the end of {self.log}:\n"
                    + tail(self.log)
                )
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask it to end, and make it if it does not."""
        if self._process is not None:
            let_go(self._process)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Host(Program):
    """The local Functions host, serving this app; without `timers` they fire only by hand."""

    def __init__(
        self, place: Place, port: int, environ: Mapping[str, str], *, timers: bool = False
    ) -> None:
        arguments = ["--port", str(port), "--visibility", str(VISIBILITY)]
        if not timers:
            arguments.append("--no-timers")
        super().__init__(["serve", str(ROOT), *arguments], place.log("host"), environ)
        self._port = port

    def start(self) -> None:
        """Start it and wait until it listens.

        A host that a killed command left behind ends first. Raises ReadinessError if it does not.
        """
        self.stop()
        until = time.monotonic() + PATIENCE
        while listening(self._port):
            if time.monotonic() > until:
                raise ReadinessError(
                    f"port {self._port} is taken, probably by another sweep of this tenant;"
                    " wait for its end and run the command again"
                )
            time.sleep(0.05)
        super().start()
        self.wait_for(self._port)

    def fire(self, function: str) -> None:
        """Fire a timer by hand, as an administrator of the real host would."""
        request = Request(
            f"http://127.0.0.1:{self._port}/admin/functions/{function}",
            data=b"{}",
            headers={"Content-Type": "application/json"},
        )
        try:
            with urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
                answer.read()
        except URLError as error:
            raise StorageError(f"the local host did not fire {function}: {error}") from error


def tail(log: Path, lines: int = 15) -> str:
    """Read the end of a log."""
    if not log.exists():
        return "(it is empty)"
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
