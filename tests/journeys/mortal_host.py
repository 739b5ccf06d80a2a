"""A host that can be killed."""

from pathlib import Path

from local.sweep.place import Place
from local.sweep.programs import Host, Program
from tests.journeys.installation import Installation

VISIBILITY = 2
"""Seconds until a message that a killed host had taken comes back."""


class MortalHost(Host):
    """The host as a process of its own, to be killed; it gives messages back within seconds."""

    def __init__(self, app: Path, folder: Path, installation: Installation) -> None:
        place = Place(folder)
        self._port = place.ports().host
        options = ["--port", str(self._port), "--no-timers", "--visibility", str(VISIBILITY)]
        command = ["serve", str(app), *options]
        Program.__init__(self, command, place.log("host"), installation.environ)

    def kill(self) -> None:
        """End it at once, as SIGKILL or a lost machine does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
