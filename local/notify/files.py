"""A message made ready for a channel, as files that people can open."""

from pathlib import Path

import msgspec

from shared.domain.outgoing import Mail, Outgoing


def write_message(message: Outgoing, folder: Path, name: str) -> tuple[Path, ...]:
    """Write a message's files into a folder, each called `name`, and return their paths.

    The folder is made where it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = _of_mail(message) if isinstance(message, Mail) else {".json": _readable(message.body)}
    paths = {folder / f"{name}{ending}": content for ending, content in parts.items()}
    for path, content in paths.items():
        path.write_bytes(content)
    return tuple(paths)


def _of_mail(mail: Mail) -> dict[str, bytes]:
    parts = {".html": mail.html.encode(), ".txt": mail.text.encode()}
    return parts | {Path(each.name).suffix: each.content for each in mail.attachments}


def _readable(body: bytes) -> bytes:
    return msgspec.json.format(body)
