"""Azurite, Microsoft's stand-in for Azure Storage, started and stopped from Python."""

import re
import shutil
import subprocess
import tempfile
import threading
from collections import deque
from contextlib import nullcontext
from pathlib import Path
from types import TracebackType
from typing import Self

from local.leash import LEASHED, let_go
from shared.errors import StorageError

HOME = Path(__file__).parent / "azurite"
SCRIPT = HOME / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
LEASH = HOME / "end_when_let_go.cjs"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The account key that every Azurite has and Microsoft publishes; it opens nothing else."""

_LISTENING = re.compile(r"(Blob|Queue|Table) service is successfully listening at \S+:(\d+)")
_PATIENCE = 60.0


def connection_string(blob: int, queue: int, table: int) -> str:
    """Write the connection string of an Azurite that listens on these loopback ports."""
    root = "http://127.0.0.1"
    return (
        f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
        f"BlobEndpoint={root}:{blob}/{ACCOUNT};QueueEndpoint={root}:{queue}/{ACCOUNT};"
        f"TableEndpoint={root}:{table}/{ACCOUNT};"
    )


DEVELOPMENT_STORAGE = connection_string(10000, 10001, 10002)
"""What `UseDevelopmentStorage=true` stands for: Azurite on its usual ports."""


class Azurite:
    """One Azurite process on loopback, in memory or in the folder `location`.

    `ports` are those of blob, queue and table; 0 takes a free one. Raises StorageError when Node
    or the installation is missing, or when Azurite does not come up.
    """

    def __init__(
        self, location: Path | None = None, ports: tuple[int, int, int] = (0, 0, 0)
    ) -> None:
        self._location = location
        self._asked = ports
        self._ports: dict[str, int] = {}
        self._process: subprocess.Popen[str] | None = None
        self._said: deque[str] = deque(maxlen=50)
        self._settled = threading.Event()

    @staticmethod
    def missing() -> str | None:
        """Say what keeps Azurite from being started here, None if nothing does."""
        if shutil.which("node") is None:
            return "Node 18 or later is not on the PATH; install it from https://nodejs.org"
        if not SCRIPT.exists():
            return f"Azurite is not installed; run `npm ci` in {HOME}"
        return None

    @staticmethod
    def install() -> None:
        """Install the pinned Azurite with npm, if it is not there yet. Raises StorageError."""
        if SCRIPT.exists():
            return
        npm = shutil.which("npm")
        if npm is None:
            raise StorageError("npm is not on the PATH; install Node 18 or later (nodejs.org)")
        done = subprocess.run(
            [npm, "ci", "--no-audit", "--no-fund"],
            cwd=HOME,
            check=False,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
        if done.returncode != 0:
            raise StorageError(f"npm ci in {HOME} failed:\n{done.stderr or done.stdout}")

    @property
    def connection_string(self) -> str:
        """The connection string of the running Azurite."""
        return connection_string(self._ports["Blob"], self._ports["Queue"], self._ports["Table"])

    def start(self) -> Self:
        """Start it and wait until all three services listen."""
        if lack := self.missing():
            raise StorageError(lack)
        blob, queue, table = self._asked
        where = ["--inMemoryPersistence"]
        if self._location:
            self._location.mkdir(parents=True, exist_ok=True)
            where = ["--location", str(self._location)]
        self._process = subprocess.Popen(
            [
                *(shutil.which("node") or "node", "--require", str(LEASH), str(SCRIPT)),
                *("--silent", "--disableTelemetry", "--skipApiVersionCheck"),
                *("--blobHost", "127.0.0.1", "--blobPort", str(blob)),
                *("--queueHost", "127.0.0.1", "--queuePort", str(queue)),
                *("--tableHost", "127.0.0.1", "--tablePort", str(table)),
                *where,
            ],
            stdin=LEASHED,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            cwd=self._location or tempfile.gettempdir(),
            # Ctrl-C is for the host, which still needs storage while it finishes its messages.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        threading.Thread(target=self._listen_to, args=(self._process,), daemon=True).start()
        self._settled.wait(_PATIENCE)
        if len(self._ports) < 3:
            self.stop()
            raise StorageError("Azurite did not start; it said:\n" + "".join(self._said).strip())
        return self

    def stop(self) -> None:
        """Ask it to write everything down and end; what is on disk then is complete."""
        if self._process is None:
            return
        let_go(self._process)
        self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _listen_to(self, process: subprocess.Popen[str]) -> None:
        """Read what it says until it ends, for its ports and for the story of a failure."""
        with process.stdout or nullcontext(()) as lines:
            for line in lines:
                self._said.append(line)
                if found := _LISTENING.search(line):
                    self._ports[found[1]] = int(found[2])
                if len(self._ports) == 3:
                    self._settled.set()
        self._settled.set()
