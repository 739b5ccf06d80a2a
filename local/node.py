"""Node, which Azurite runs on: is it there, is it new enough, is Azurite installed for it."""

import re
import shutil
import subprocess

from local.azurite import SCRIPT, Azurite
from local.environment import tell
from shared.errors import StorageError

OLDEST = 18


def missing_node() -> str | None:
    """Say what is wrong with Node on this machine, None if nothing is."""
    node = shutil.which("node")
    if node is None:
        return f"Node {OLDEST} or later is not on the PATH; install it from https://nodejs.org"
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.", answer)
    if version is None or int(version[1]) < OLDEST:
        return f"{node} is {answer.strip() or 'broken'}, and must be Node {OLDEST} or later"
    return None


def install_azurite() -> None:
    """Install Azurite where it is not there yet. Raises StorageError naming what is missing."""
    if lack := missing_node():
        raise StorageError(f"{lack}; Azurite, the local storage, runs on it")
    if not SCRIPT.exists():
        tell("Installing Azurite, the local storage; the first time this takes half a minute ...")
    Azurite.install()
