"""`python -m benchmarks.walk FOLDER < pages`: the page step over a whole tenant, and its peak.

The pages it writes into FOLDER are those of a sweep. It prints the peak of its memory, and what
that was before the first page, in bytes.
"""

import sys
from pathlib import Path

import msgspec

from benchmarks.book import NIGHT, book_of
from benchmarks.handover import read_tenant, received
from benchmarks.peak import peak_memory
from shared.adapters.graph.device_page import decode_page
from shared.adapters.storage.sweeps import compressed
from shared.use_cases.judge_page import Book, page_lines


def main(folder: Path) -> None:
    """Walk through all pages on stdin."""
    before = peak_memory()
    book: Book | None = None
    (folder / "pages").mkdir()
    for number, body in enumerate(received(sys.stdin.buffer), start=1):
        # With the first page, and not before, the folder is complete.
        book = book or book_of(*read_tenant(folder))
        lines = page_lines(number, decode_page(body), book, user_names=True, read_at=NIGHT)
        (folder / "pages" / f"{number:06d}.jsonl.zst").write_bytes(compressed(lines))
    print(msgspec.json.encode([peak_memory(), before]).decode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
