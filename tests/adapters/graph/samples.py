"""The sample answers beside the repository, for tests that skip visibly without them."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

FOLDER = Path(__file__).parents[4] / "shared" / "samples"

needs_samples = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the sample answers in ../shared/samples are not here"
)


def sample(name: str) -> Any:
    """Read one sample by its file name."""
    return msgspec.json.decode((FOLDER / name).read_bytes())
