"""What people would be sent is written to files that open by their names."""

from pathlib import Path

import msgspec

from local.notify.files import write_message
from shared.domain.outgoing import Attachment, Mail, Post

CSV = Attachment("devices-7.csv", "text/csv; charset=utf-8", b"\xef\xbb\xbfname\r\n")


def mail(*attachments: Attachment) -> Mail:
    return Mail("Büro: blocked", "<p>Büro</p>", "Büro", ("a@b.example",), None, attachments, "7")


def test_a_card_or_an_event_is_one_file_laid_out_for_reading(tmp_path: Path) -> None:
    (path,) = write_message(Post(b'{"a":["b"]}', "application/json", "7"), tmp_path, "teams")

    assert path == tmp_path / "teams.json"
    assert msgspec.json.decode(path.read_bytes()) == {"a": ["b"]}
    assert len(path.read_text().splitlines()) > 1


def test_a_mail_is_its_html_its_text_and_its_devices(tmp_path: Path) -> None:
    html, text, devices = write_message(mail(CSV), tmp_path, "it-mail")

    assert [path.name for path in (html, text, devices)] == [
        "it-mail.html",
        "it-mail.txt",
        "it-mail.csv",
    ]
    assert html.read_text(encoding="utf-8") == "<p>Büro</p>"
    assert text.read_text(encoding="utf-8") == "Büro"
    assert devices.read_bytes() == CSV.content


def test_a_mail_about_no_devices_has_no_file_of_them(tmp_path: Path) -> None:
    assert [path.suffix for path in write_message(mail(), tmp_path, "mail")] == [".html", ".txt"]
