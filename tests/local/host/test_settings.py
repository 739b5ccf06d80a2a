import json
from pathlib import Path
from typing import Any

import pytest

from local.azurite import DEVELOPMENT_STORAGE
from local.host.settings import (
    HostJson,
    connection_string,
    expand,
    read_app_settings,
    read_host_json,
    seconds,
)
from shared.errors import SettingsError


def write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value), encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("span", "length"),
    [("00:00:00.250", 0.25), ("01:02:03", 3723), ("2.00:00:01", 172801), ("00:10:00", 600)],
)
def test_a_time_span_is_read_in_seconds(span: str, length: float) -> None:
    assert seconds(span) == length


def test_a_time_span_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsError, match="'10m'"):
        seconds("10m")


def test_an_empty_host_json_means_the_defaults_of_the_real_host(tmp_path: Path) -> None:
    write(tmp_path / "host.json", {"version": "2.0"})
    assert read_host_json(tmp_path) == HostJson()


def test_half_the_batch_size_is_the_threshold_when_none_is_given(tmp_path: Path) -> None:
    write(tmp_path / "host.json", {"extensions": {"queues": {"batchSize": 9}}})
    assert read_host_json(tmp_path).new_batch_threshold == 4


def test_a_function_timeout_of_minus_one_is_none(tmp_path: Path) -> None:
    write(tmp_path / "host.json", {"functionTimeout": "-1"})
    assert read_host_json(tmp_path).function_timeout is None


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_host_json_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "host.json").write_text(text)
    with pytest.raises(SettingsError, match=r"host\.json"):
        read_host_json(tmp_path)


def test_a_folder_without_host_json_is_no_function_app(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no function app"):
        read_host_json(tmp_path)


def test_the_environment_wins_over_local_settings(tmp_path: Path) -> None:
    values = {"A": "file", "B": 2, "S": "UseDevelopmentStorage=true"}
    write(tmp_path / "local.settings.json", {"IsEncrypted": False, "Values": values})
    settings = read_app_settings(tmp_path, {"A": "environment"})
    assert settings == {"A": "environment", "B": "2", "S": DEVELOPMENT_STORAGE}


def test_encrypted_local_settings_are_refused_with_the_remedy(tmp_path: Path) -> None:
    write(tmp_path / "local.settings.json", {"IsEncrypted": True, "Values": {}})
    with pytest.raises(SettingsError, match="func settings decrypt"):
        read_app_settings(tmp_path, {})


def test_settings_are_expanded_and_a_missing_one_is_named_with_its_function() -> None:
    assert expand("%A%-%B%", {"A": "1", "B": "2"}, "work") == "1-2"
    with pytest.raises(SettingsError, match="function work uses the app setting B"):
        expand("%A%-%B%", {"A": "1"}, "work")


def test_a_missing_connection_is_named_with_its_function() -> None:
    with pytest.raises(SettingsError, match="function work needs the app setting Other"):
        connection_string({"connection": "Other"}, {}, "work")
