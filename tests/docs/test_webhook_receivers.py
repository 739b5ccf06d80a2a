"""What the page for receivers tells them to do works on what the app signs."""

import re
import time
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.notify.signing import SigningKey

PAGE = Path(__file__).resolve().parents[2] / "docs" / "webhook-receivers.md"
KEYS = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a key of at least 24 bytes"]
BODY = b'{"specversion":"1.0"}'


@pytest.fixture(scope="module")
def verify() -> Any:
    found = re.search(r"```python\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    scope: dict[str, Any] = {}
    exec(found[1], scope)  # noqa: S102
    return scope["verify"]


@pytest.mark.parametrize("key", KEYS)
def test_what_is_signed_is_recognised(verify: Any, key: str) -> None:
    assert verify(key, SigningKey("siem", key).headers("d-1", int(time.time()), BODY), BODY)


@pytest.mark.parametrize("key", KEYS)
def test_what_was_changed_is_old_or_is_signed_by_others_is_not(verify: Any, key: str) -> None:
    now = int(time.time())
    headers = SigningKey("siem", key).headers("d-1", now, BODY)
    assert not verify(key, headers, BODY + b" ")
    assert not verify(key, {**headers, "webhook-id": "d-2"}, BODY)
    assert not verify(key, SigningKey("siem", key).headers("d-1", now - 3600, BODY), BODY)
    assert not verify(
        key, SigningKey("siem", "another key of 24 bytes...").headers("d-1", now, BODY), BODY
    )
