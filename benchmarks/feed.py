"""`python -m benchmarks.feed SCENARIO DEVICES FOLDER`: a tenant, for a walk in another process.

What a sweep reads first goes into FOLDER; then the pages go to stdout.
"""

import asyncio
import sys
from pathlib import Path

from benchmarks.fleet import bodies, read_tenant
from benchmarks.handover import send, write_tenant


def main(scenario: str, devices: int, folder: Path) -> None:
    """Hand over one tenant."""
    write_tenant(folder, *asyncio.run(read_tenant(scenario, devices)))
    for body in bodies(scenario, devices):
        send(sys.stdout.buffer, body)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
