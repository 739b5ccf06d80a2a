"""Exemptions are added and ended in a file that others write too."""

from datetime import timedelta

import pytest

from shared.domain.exemption import Exemption
from shared.errors import ConflictError, InputError
from shared.use_cases.exempt import TRIES, add_exemption, end_exemption
from shared.use_cases.read_exemptions import read_exemptions, write_exemptions
from tests.telling_builders import TODAY, exemption, unscoped

OTHER = exemption(id="other", why="Somebody else's.")


class FileThatOthersWrite:
    """A file with an ETag, into which somebody else's exemption gets before the next writes."""

    def __init__(self, *kept: Exemption, interfering: int = 0) -> None:
        self.text = write_exemptions(kept) if kept else None
        self.version = 0
        self.interfering = interfering
        self.written = 0

    @property
    def kept(self) -> tuple[Exemption, ...]:
        return read_exemptions(self.text or "")[0]

    async def exemptions(self) -> tuple[str | None, str | None]:
        return self.text, None if self.text is None else str(self.version)

    async def write_exemptions(self, text: str, etag: str | None) -> str:
        if self.interfering:
            self.interfering -= 1
            self._write(write_exemptions((*self.kept, exemption(id=f"other-{self.version}"))))
        if etag != (None if self.text is None else str(self.version)):
            raise ConflictError("somebody else wrote")
        self.written += 1
        return self._write(text)

    def _write(self, text: str) -> str:
        self.text, self.version = text, self.version + 1
        return str(self.version)


async def test_the_first_exemption_makes_the_file() -> None:
    file = FileThatOthersWrite()
    added = await add_exemption(exemption(id=""), file)
    assert len(added.id) == 8
    assert file.kept == (added,)


async def test_a_further_one_leaves_the_others_as_they_are() -> None:
    file = FileThatOthersWrite(OTHER)
    added = await add_exemption(exemption(), file)
    assert file.kept == (OTHER, added)


async def test_adding_the_same_again_changes_nothing() -> None:
    file = FileThatOthersWrite()
    first = await add_exemption(exemption(), file)
    assert await add_exemption(exemption(), file) == first
    assert (file.kept, file.written) == ((first,), 1)


async def test_one_that_was_ended_can_be_added_again_on_the_same_day() -> None:
    file = FileThatOthersWrite()
    first = await add_exemption(exemption(), file)
    await end_exemption(first.id, TODAY, None, file)
    again = await add_exemption(exemption(), file)
    assert again.id != first.id
    assert [each.expires for each in file.kept] == [TODAY, exemption().expires]


async def test_what_others_write_meanwhile_is_kept() -> None:
    file = FileThatOthersWrite(OTHER, interfering=TRIES - 1)
    added = await add_exemption(exemption(), file)
    assert len(file.kept) == TRIES + 1
    assert file.kept[-1] == added


async def test_a_file_that_others_never_stop_writing_is_given_up_on() -> None:
    file = FileThatOthersWrite(OTHER, interfering=TRIES)
    with pytest.raises(ConflictError, match="try again"):
        await add_exemption(exemption(), file)


async def test_one_with_faults_is_refused_with_all_of_them() -> None:
    file = FileThatOthersWrite()
    with pytest.raises(InputError, match=r"owner is empty; why is empty; device is missing"):
        await add_exemption(unscoped(owner="", why=""), file)
    assert file.text is None


async def test_an_exemption_ends_with_today_and_is_remembered() -> None:
    file = FileThatOthersWrite(OTHER, exemption())
    over = await end_exemption("e1", TODAY, "replaced", file)
    assert over.expires == TODAY
    assert over.why.endswith("(ended on 2026-11-22: replaced)")
    assert file.kept == (OTHER, over)


async def test_ending_it_again_changes_nothing() -> None:
    file = FileThatOthersWrite(exemption())
    over = await end_exemption("e1", TODAY, "replaced", file)
    assert await end_exemption("e1", TODAY + timedelta(days=1), "again", file) == over
    assert file.written == 1


async def test_ending_what_is_not_there_says_so() -> None:
    with pytest.raises(InputError, match="there is no exemption 'e9'"):
        await end_exemption("e9", TODAY, None, FileThatOthersWrite(OTHER))


async def test_a_file_with_a_bad_line_is_refused_as_a_whole() -> None:
    file = FileThatOthersWrite(OTHER)
    assert file.text is not None
    file.text = before = f"{file.text}{{\n{file.text}"
    with pytest.raises(InputError, match=r"line 2: is no JSON(.|\n)*line 3: id is that of a line"):
        await add_exemption(exemption(), file)
    with pytest.raises(InputError, match="line 2"):
        await end_exemption("other", TODAY, None, file)
    assert file.text == before
