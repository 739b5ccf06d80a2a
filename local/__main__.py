"""`python -m local COMMAND`: what this product does on one machine, from a bare clone on."""

from __future__ import annotations

import io
import sys
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

if not __package__:
    # Started as `python path/to/clone/local`, from whatever directory.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)


class Command(NamedTuple):
    """A module whose `main(argv)` returns an exit status, and what it does in one line."""

    module: str
    summary: str
    storage: bool = False


COMMANDS = {
    "sweep": Command(
        "local.sweep.command",
        "judge every device of a simulated tenant, or of a real one: --graph URL",
        storage=True,
    ),
    "watch": Command(
        "local.watch.command",
        "show blockers come and go, live: of a simulated tenant, or AzureWebJobsStorage",
    ),
    "up": Command("local.up", "serve the app on a simulated tenant, for its HTTP API to be tried"),
    "restore": Command(
        "local.restore.command",
        "see the tenant's restore setting, and change it: status, plan, approve, apply, ...",
    ),
    "preflight": Command(
        "local.restore.preflight", "tell whether the app may change the restore setting"
    ),
    "health": Command("local.health", "tell how the product itself is doing; --json"),
    "explain": Command("local.explain", "tell one device's story: NAME, ID or SERIAL"),
    "exempt": Command("local.exempt", "live with a finding for a while: add, list, end"),
    "routes": Command("local.routes", "who is told what, and where: check FILE, push FILE, show"),
    "notify": Command("local.notify.command", "try a channel, and see what people would be sent"),
    "audit": Command("local.audit", "the records of changes of the restore setting: verify, list"),
    "poison": Command("local.poison", "messages given up: list, show, replay, drop"),
    "assess": Command("local.assess.command", "judge the devices of a file or an Intune export"),
    "serve": Command("local.host.serve", "serve the app's triggers, as Azure Functions would"),
    "token": Command("local.issue_token", "issue an access token for a local host's API"),
    "tenant": Command("local.tenant.command", "serve a simulated Microsoft Graph tenant"),
    "rules": Command("local.rules_page", "write the reference of all rules anew; --check compares"),
    "test": Command("local.test", "run the tests; arguments go to pytest"),
    "check": Command("local.check", "run the linters, the type checker and the import contracts"),
    "bench": Command("local.bench", "measure the product side by side with its peers"),
}


def usage() -> str:
    """List the commands, one line each."""
    width = max(map(len, COMMANDS)) + 2
    lines = [f"  {name:{width}}{command.summary}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "Usage: python -m local COMMAND [ARGUMENTS]",
            "",
            *lines,
            "",
            "The first use builds .venv. COMMAND --help tells more.",
        ]
    )


def main(argv: list[str]) -> int:
    """Run one command inside .venv, building it first where needed; give its exit status."""
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    name, *rest = argv
    if name not in COMMANDS:
        print(f"There is no command {name!r}.\n\n{usage()}", file=sys.stderr)
        return 2

    from local.environment import APP, run

    APP.prepare()
    if not APP.active:
        return run([APP.python, Path(__file__).resolve().parent, *argv])
    return _dispatch(name, rest)


def _dispatch(name: str, argv: list[str]) -> int:
    from local.node import install_azurite
    from shared.errors import ReadinessError

    _speak_utf8()
    try:
        if COMMANDS[name].storage:
            install_azurite()
        status: int = import_module(COMMANDS[name].module).main(argv)
    except ReadinessError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return status


def _speak_utf8() -> None:
    """Write every name and sign to files and pipes too, where Windows would use a code page."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
