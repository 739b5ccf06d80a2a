"""Commands that only read find the storage they are meant to read."""

import pytest

from local import stored
from local.stored import connected
from shared.errors import ReadinessError


def test_the_storage_that_the_settings_name_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AzureWebJobsStorage", "a connection")

    with connected() as connection:
        assert connection == "a connection"


def test_before_any_sweep_it_says_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AzureWebJobsStorage", raising=False)
    monkeypatch.setattr(stored, "last_place", lambda: None)

    with pytest.raises(ReadinessError, match="python -m local sweep"), connected():
        pass
