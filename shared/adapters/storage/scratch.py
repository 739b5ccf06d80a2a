"""A folder and a database for one piece of work, gone when it is done."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import duckdb

from shared.adapters.storage.merge import MEMORY_LIMIT, THREADS


@asynccontextmanager
async def scratch_folder(prefix: str) -> AsyncIterator[Path]:
    """Make a temporary folder, and remove it with all it holds afterwards."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=prefix))
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def scratch_database(folder: Path) -> duckdb.DuckDBPyConnection:
    """Open a database that works within the merge's memory limit, and spills into the folder."""
    return duckdb.connect(
        str(folder / "scratch.duckdb"),
        config={
            "memory_limit": MEMORY_LIMIT,
            "threads": THREADS,
            "temp_directory": str(folder / "spill"),
            "preserve_insertion_order": False,
        },
    )
