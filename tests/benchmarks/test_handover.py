"""A tenant handed from one process to another arrives as it was."""

from io import BytesIO
from pathlib import Path

from benchmarks.fleet import bodies, read_tenant
from benchmarks.handover import read_tenant as read_back
from benchmarks.handover import received, send, write_tenant
from benchmarks.peak import MEGABYTE, peak_memory


async def test_what_was_read_of_the_tenant_comes_back_equal(tmp_path: Path) -> None:
    reading, sets = await read_tenant("typical", 300)
    write_tenant(tmp_path, reading, sets)
    assert read_back(tmp_path) == (reading, sets)


def test_pages_come_off_the_stream_in_order_and_whole() -> None:
    pages = list(bodies("ready", 2_500))
    stream = BytesIO()
    for page in pages:
        send(stream, page)
    stream.seek(0)
    assert list(received(stream)) == pages
    assert len(pages) == 3


def test_the_peak_of_memory_stays_when_the_memory_is_gone() -> None:
    before = peak_memory()
    bytearray(200 * MEGABYTE)[:: MEGABYTE // 256].count(1)
    assert peak_memory() >= max(before, 150 * MEGABYTE)
