"""`python -m local test`: install what the tests need, then run them."""

import os
import sys

from local.environment import ROOT, run, tell
from local.node import install_azurite, missing_node

SIDE_BY_SIDE = ("-n", "auto", "--maxprocesses", "4", "--dist", "loadfile")
"""A whole run uses several cores; a file's tests stay together, with the storage they share."""


def main(argv: list[str]) -> int:
    """Run pytest at the root of the clone with `argv`, or all tests; give its exit status.

    Without Node the tests that need storage are skipped, unless REQUIRE_ALL=1 is set: then the
    missing Node is an error. Raises StorageError.
    """
    lack = missing_node()
    if lack and os.environ.get("REQUIRE_ALL") != "1":
        tell(f"Tests that need storage will be skipped: {lack}.")
    else:
        install_azurite()
    return run([sys.executable, "-m", "pytest", *(argv or SIDE_BY_SIDE)], cwd=ROOT)
