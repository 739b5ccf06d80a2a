"""The file opens in a spreadsheet, holds what it says, and runs nothing."""

import csv
import io
from typing import Any

from msgspec.structs import replace

from shared.domain.digest import Line
from shared.report.render.csv_file import csv_file
from tests.report.render.digests import LINKS, MAIL, line, lines


def rows(*told: Line, **channel: Any) -> list[dict[str, str]]:
    content = csv_file(told, replace(MAIL, **channel), LINKS).content
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_row_says_who_what_since_when_and_what_to_do() -> None:
    (row,) = rows(line(capabilities=("backup", "restore")))
    assert row["device_name"] == "DESKTOP-4F7KQ2"
    assert row["reason"] == "build too old"
    assert row["capabilities"] == "backup restore"
    assert row["since"] == "2026-11-19 03:12:00+01:00"
    assert row["fix"] == "Install the latest cumulative update"
    assert row["intune_link"] == LINKS.device(line().device)


def test_excel_is_told_that_it_is_utf_8() -> None:
    assert csv_file([line()], MAIL, LINKS).content.startswith(b"\xef\xbb\xbf")


def test_a_name_that_is_a_formula_is_text() -> None:
    (row,) = rows(line(name="=HYPERLINK(1)", user_name="x;@SUM(1)", model="\t+1"))
    assert row["device_name"] == "'=HYPERLINK(1)"
    assert row["user_name"] == "x;'@SUM(1)"
    assert row["model"] == "'+1"


def test_without_user_names_there_is_no_such_column() -> None:
    (row,) = rows(line(), user_names=False)
    assert "user_name" not in row
    assert "Ada Lovelace" not in row.values()


def test_an_all_clear_has_nothing_to_fix() -> None:
    (row,) = rows(line(change="cleared", gone=True))
    assert (row["fix"], row["device_gone"]) == ("", "yes")


def test_the_file_ends_at_so_many_rows() -> None:
    file = csv_file(lines(5), MAIL, LINKS, most_rows=3)
    assert file.rows == 3
    assert file.content.count(b"\r\n") == 4


def test_the_file_ends_with_the_last_whole_row_that_fits() -> None:
    whole = len(csv_file([line()] * 3, MAIL, LINKS).content)
    file = csv_file([line()] * 9, MAIL, LINKS, most_bytes=whole + 20)
    assert (file.rows, len(file.content)) == (3, whole)
