"""What can be asked on the command line."""

import argparse
import re
import uuid
from collections.abc import Callable, Sequence
from typing import TypeAlias, get_args

from shared.domain.gates import GATES, IMPASSABLE
from shared.domain.principal import ROLES
from shared.domain.restore_value import RestoreState

Parser: TypeAlias = argparse.ArgumentParser

PASSABLE = tuple(gate for gate in GATES if gate not in IMPASSABLE)
STATUS = """\
exit status: 0 done; 1 refused or failed, or nobody answered; 2 nothing was asked, for the
command is wrong or no token is to be had; 3 not settled yet: the same ID tells, with `show`"""


def restore_parser() -> Parser:
    """Describe `python -m local restore`."""
    parser = argparse.ArgumentParser(
        prog="python -m local restore",
        description="See the tenant's restore setting, and change it under control.",
        epilog=STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, summary: str) -> Parser:
        made = commands.add_parser(name, help=summary, description=f"{summary}.".capitalize())
        add_common_options(made)
        return made

    command("status", "how the setting stands, who made it so, and what speaks against a change")

    plan = command("plan", "plan a change, against the setting as it is now")
    plan.add_argument("state", choices=get_args(RestoreState))
    _add_reason(plan)

    for name, summary in (
        ("approve", "consent to somebody else's plan"),
        ("confirm", "have the app see that a refused change was made by hand"),
        ("show", "show a change as it stands"),
    ):
        command(name, summary).add_argument("id", type=_id, metavar="ID")

    reject = command("reject", "say no to a plan, or withdraw one's own")
    reject.add_argument("id", type=_id, metavar="ID")
    reject.add_argument("--why", type=_words)

    apply = command("apply", "write the setting, as planned and approved")
    apply.add_argument("id", type=_id, metavar="ID")
    _add_applying(apply)

    revert = command("revert", "plan the way back to the value before a change")
    revert.add_argument("id", type=_id, metavar="ID")
    _add_reason(revert)

    history = command("history", "list the changes, or tell the whole story of one")
    history.add_argument("id", type=_id, nargs="?", metavar="ID")
    history.add_argument("--limit", type=_count, default=50, help="how many (%(default)s)")
    history.add_argument("--before", type=_id, metavar="ID", help="those older than this one")
    return parser


def preflight_parser() -> Parser:
    """Describe `python -m local preflight`."""
    parser = argparse.ArgumentParser(
        prog="python -m local preflight",
        description="Tell whether the app may change the tenant's restore setting, without"
        " changing it. The exit status is 0 for yes, 1 for no or no answer, 2 when nothing was"
        " asked, and 3 where it cannot be told.",
    )
    add_common_options(parser)
    return parser


def checked(parser: Parser, argv: Sequence[str]) -> argparse.Namespace:
    """Read a command line, and end with status 2 where its parts do not fit together."""
    wanted = parser.parse_args(argv)
    if hasattr(wanted, "gates"):
        if bool(wanted.gates) != (wanted.why is not None):
            parser.error("--pass GATE and --why TEXT go together")
        if not getattr(wanted, "apply", True) and (wanted.gates or wanted.wait):
            parser.error(
                "--pass and --wait are for applying: give --apply too, or `apply ID` later"
            )
    return wanted


def add_common_options(parser: Parser) -> None:
    """Add what every command takes: which app, who calls, and in which form it is told."""
    add = parser.add_argument
    add(
        "--url",
        help="the app's address (default: READINESS_URL, or the app that `python -m local up`"
        " serves)",
    )
    add("--json", action="store_true", help="print the app's answer as it came")
    add("--audience", help="the API to get a token for (default: READINESS_AUDIENCE)")
    here = parser.add_argument_group("for an app on this machine")
    here.add_argument("--as", dest="person", type=_name, metavar="NAME", help="who you are")
    here.add_argument(
        "--role",
        action="append",
        dest="roles",
        default=[],
        choices=ROLES,
        help="hold only this role; may be repeated (default: all RestoreSetting roles)",
    )


def _add_reason(parser: Parser) -> None:
    add = parser.add_argument
    add("--reason", type=_words, required=True, help="why, for the audit and the approvers")
    add("--ticket", type=_words, help="the number of a ticket")
    add(
        "--key",
        type=_key,
        default=str(uuid.uuid4()),
        help="the idempotency key: the same one again plans nothing twice (default: a new one)",
    )
    add(
        "--apply",
        action="store_true",
        help="write at once, where no approval is required and every gate holds",
    )
    _add_applying(parser)


def _add_applying(parser: Parser) -> None:
    add = parser.add_argument
    add("--yes", action="store_true", help="do not ask before the setting is written")
    add("--wait", action="store_true", help="wait until the change is settled")
    add(
        "--patience",
        type=_count,
        default=15,
        metavar="MINUTES",
        help="how long --wait waits (%(default)s)",
    )
    add(
        "--pass",
        dest="gates",
        action="extend",
        nargs="+",
        default=[],
        choices=PASSABLE,
        metavar="GATE",
        help=f"pass gates that fail, for which a role is needed: {', '.join(PASSABLE)}",
    )
    add("--why", type=_words, metavar="TEXT", help="why gates may be passed, for the audit")


def _matching(pattern: str, wrong: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise argparse.ArgumentTypeError(f"{text!a} {wrong}")
        return text

    return read


_id = _matching(r"[0-9A-Za-z_-]{1,100}", "is no change's ID")
_name = _matching(r"[\w.@-]{1,100}", "is no name: letters, digits, and . @ - _")
_key = _matching(r"[\x21-\x7e]{1,255}", "is no key: 1 to 255 visible ASCII characters")
_words = _matching(r"(?s)(?=.*\S)[^\ud800-\udfff]+", "is no text")


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to 99999")
    return int(text)
