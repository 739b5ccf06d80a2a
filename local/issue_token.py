"""`python -m local token --role ROLE`: an access token for the API of a local host."""

import argparse
import os
from collections.abc import Mapping, Sequence

from local.issuer import LOCAL_AUDIENCE, local_issuer
from local.sweep.place import last_place
from local.sweep.programs import SIMULATED_TENANT
from shared.domain.principal import ROLES
from shared.errors import ReadinessError

LONGEST = 24 * 60


def main(argv: Sequence[str]) -> int:
    """Print a token and nothing else, so that a shell can put it into a header."""
    wanted = _parser(os.environ).parse_args(argv)
    token = local_issuer().issue(
        wanted.role,
        login=(wanted.login or login_of(os.environ)).rstrip("/"),
        tenant=wanted.tenant,
        name=wanted.app or wanted.user,
        kind="application" if wanted.app else "user",
        audience=wanted.audience,
        minutes=wanted.minutes,
    )
    print(token)
    return 0


def login_of(environ: Mapping[str, str]) -> str:
    """Return the sign-in host that a local host believes: its setting, or the simulated tenant.

    Raises ReadinessError where there is neither.
    """
    if given := environ.get("LOGIN_URL") or environ.get("GRAPH_URL"):
        return given
    place = last_place()
    if place is None:
        raise ReadinessError(
            "no sweep was made on this machine, so no tenant is known: run `python -m local sweep`"
            " first, or name the sign-in host of your host's settings with --login"
        )
    return f"http://127.0.0.1:{place.ports().tenant}"


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local token",
        description="Issue an access token that the API of a local host accepts, and no other.",
    )
    add = parser.add_argument
    add(
        "--role",
        action="append",
        default=[],
        choices=ROLES,
        metavar="ROLE",
        help=f"one of {', '.join(ROLES)}; may be repeated",
    )
    holder = parser.add_mutually_exclusive_group()
    holder.add_argument(
        "--as", dest="user", default="admin", metavar="NAME", help="for this person (%(default)s)"
    )
    holder.add_argument("--app", metavar="NAME", help="for this application, on its own")
    add(
        "--audience",
        default=_first(environ.get("API_AUDIENCE", "")) or LOCAL_AUDIENCE,
        help="the API's audience (API_AUDIENCE, or %(default)s)",
    )
    add(
        "--tenant",
        default=environ.get("TENANT_ID") or SIMULATED_TENANT,
        help="the tenant's id (TENANT_ID, or %(default)s)",
    )
    add(
        "--login",
        metavar="URL",
        help="the sign-in host (LOGIN_URL, GRAPH_URL, or the tenant of the last local sweep)",
    )
    add("--minutes", type=_minutes, default=60, help="how long it holds (%(default)s)")
    return parser


def _first(listed: str) -> str:
    """Return the first of several audiences, between commas or blanks as in the setting."""
    return next(iter(listed.replace(",", " ").split()), "")


def _minutes(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of minutes from 1 to {LONGEST}")
    return int(text)
