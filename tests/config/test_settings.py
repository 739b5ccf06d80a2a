"""The settings: defaults, and everything that is wrong with them in one error."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec import UNSET

from shared.config import LOGIN_HOSTS, Settings, read_settings
from shared.domain.editions import DEFAULT_EDITION
from shared.domain.restore_terms import RestoreTerms
from shared.domain.telling import Terms
from shared.errors import SettingsError
from tests.builders import NEW

KEY = "c2VjcmV0LWtleS10aGF0LW5vYm9keS1zaG91bGQtc2Vl"
CONNECTION = f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={KEY}"
LEAST = {"TENANT_ID": "contoso.onmicrosoft.com", "AzureWebJobsStorage": CONNECTION}


def read(**differing: str) -> Settings:
    return read_settings(LEAST | differing)


def wrong(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings(environ)
    return str(caught.value)


def test_two_settings_are_enough_and_the_others_have_defaults() -> None:
    assert read() == Settings(
        tenant_id="contoso.onmicrosoft.com",
        storage_connection=CONNECTION,
        blob_url=None,
        queue_url=None,
        container="readiness",
        graph_url="https://graph.microsoft.com",
        login_url="https://login.microsoftonline.com",
        edition=DEFAULT_EDITION,
        strict_servicing=False,
        region=UNSET,
        user_names=True,
        reread_after=timedelta(hours=6),
        telling=Terms(),
        channels={},
        dashboard=None,
        client_id=None,
        restore=RestoreTerms(),
        restore_client_id=None,
        api_audiences=(),
        audit_container="readiness-audit",
    )


def test_every_setting_is_read() -> None:
    settings = read(
        READINESS_CONTAINER="elsewhere",
        RULE_EDITION=NEW,
        STRICT_SERVICING="on",
        REGION="DMA",
        USER_NAMES="off",
        TENANT_REREAD_HOURS="12",
        DASHBOARD_URL="https://readiness.contoso.example/dashboard",
        NOTIFY_WINDOW_MINUTES="30",
        NOTIFY_STORM_PERCENT="10",
        NOTIFY_FLAP_HOURS="0",
        NOTIFY_GRACE_HOURS="os_build_too_old = 24,  backup_policy_not_enabled=0",
        AZURE_CLIENT_ID="0f7e78ba-6e1f-485b-8b8b-fb86895f0498",
    )
    assert settings.container == "elsewhere"
    assert settings.edition == NEW
    assert (settings.strict_servicing, settings.user_names) == (True, False)
    assert settings.region == "DMA"
    assert settings.reread_after == timedelta(hours=12)
    assert settings.dashboard == "https://readiness.contoso.example/dashboard"
    assert settings.telling == Terms(
        grace={
            "os_build_too_old": timedelta(hours=24),
            "backup_policy_not_enabled": timedelta(),
        },
        flap_window=timedelta(),
        coalesce=timedelta(minutes=30),
        storm_share=0.1,
    )
    assert settings.client_id == "0f7e78ba-6e1f-485b-8b8b-fb86895f0498"


@pytest.mark.parametrize(
    ("name", "given", "field", "read_as"),
    [
        ("REGION", "dma", "region", "DMA"),
        ("REGION", "NON-dma", "region", "non-DMA"),
        ("STRICT_SERVICING", "ON", "strict_servicing", True),
        ("USER_NAMES", "Off", "user_names", False),
        ("TENANT_ID", "  contoso.com ", "tenant_id", "contoso.com"),
        ("READINESS_CONTAINER", "   ", "container", "readiness"),
        ("GRAPH_URL", "https://graph.microsoft.us/", "graph_url", "https://graph.microsoft.us"),
        ("REGION", "", "region", UNSET),
        ("TENANT_REREAD_HOURS", " 1 ", "reread_after", timedelta(hours=1)),
        ("TENANT_REREAD_HOURS", "48", "reread_after", timedelta(hours=48)),
    ],
)
def test_case_and_blanks_do_not_matter(name: str, given: str, field: str, read_as: Any) -> None:
    assert getattr(read(**{name: given}), field) == read_as


def test_all_that_is_missing_or_invalid_is_named_in_one_error() -> None:
    said = wrong(
        {
            "TENANT_ID": "contoso.com/../evil",
            "GRAPH_URL": "http://graph.microsoft.com",
            "LOGIN_URL": "ftp://login",
            "RULE_EDITION": "1999-01-01",
            "STRICT_SERVICING": "maybe",
            "REGION": "Mars",
            "USER_NAMES": "2",
            "TENANT_REREAD_HOURS": "soon",
        }
    )
    for name in (
        "TENANT_ID is 'contoso.com/../evil'",
        "AzureWebJobsStorage is missing",
        "GRAPH_URL is 'http://graph.microsoft.com', and must be an https address",
        "LOGIN_URL is 'ftp://login'",
        "RULE_EDITION is '1999-01-01', and must be one of",
        "STRICT_SERVICING is 'maybe', and must be one of on, off",
        "REGION is 'Mars', and must be one of DMA, non-DMA",
        "USER_NAMES is '2'",
        "TENANT_REREAD_HOURS is 'soon', and must be a whole number from 1 to 48",
    ):
        assert name in said


@pytest.mark.parametrize("hours", ["0", "49", "-1", "6.5", "six", "1e1", "٦", "9" * 5000])
def test_hours_are_a_whole_number_within_bounds(hours: str) -> None:
    assert "TENANT_REREAD_HOURS is " in wrong(LEAST | {"TENANT_REREAD_HOURS": hours})


def test_an_empty_environment_names_both_settings_that_are_needed() -> None:
    said = wrong({})
    assert "TENANT_ID is missing" in said
    assert "AzureWebJobsStorage is missing" in said


def test_an_account_name_stands_for_both_addresses() -> None:
    settings = read_settings({"TENANT_ID": "t", "AzureWebJobsStorage__accountName": "acc"})
    assert settings.storage_connection is None
    assert settings.blob_url == "https://acc.blob.core.windows.net"
    assert settings.queue_url == "https://acc.queue.core.windows.net"


def test_addresses_of_their_own_win_over_the_account_name() -> None:
    settings = read_settings(
        {
            "TENANT_ID": "t",
            "AzureWebJobsStorage__accountName": "acc",
            "AzureWebJobsStorage__blobServiceUri": "https://acc.blob.core.chinacloudapi.cn",
        }
    )
    assert settings.blob_url == "https://acc.blob.core.chinacloudapi.cn"
    assert settings.queue_url == "https://acc.queue.core.windows.net"


def test_one_address_alone_is_not_enough() -> None:
    said = wrong({"TENANT_ID": "t", "AzureWebJobsStorage__blobServiceUri": "https://b"})
    assert "AzureWebJobsStorage is missing" in said


@pytest.mark.parametrize(("host", "login"), LOGIN_HOSTS.items())
def test_each_cloud_has_its_own_sign_in(host: str, login: str) -> None:
    settings = read(GRAPH_URL=f"https://{host}")
    assert (settings.login_url, settings.graph_host) == (login, host)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:2"])
def test_plain_http_is_for_a_tenant_on_this_machine(url: str) -> None:
    settings = read(GRAPH_URL=url)
    assert (settings.graph_url, settings.login_url) == (url, url)


@pytest.mark.parametrize(
    "url",
    [
        "http://graph.microsoft.com",
        "http://127.0.0.1.evil.example",
        "https://evil.example",
        "https://graph.microsoft.com.evil.example",
        "https://graph.microsoft.com@evil.example",
        "https://graph.microsoft.com/v1.0",
        "https://graph.microsoft.com?x",
        "https://somebody@graph.microsoft.com",
        "https://[graph.microsoft.com",
        "graph.microsoft.com",
        "file:///etc/passwd",
    ],
)
def test_a_token_is_sent_to_no_other_address(url: str) -> None:
    assert "GRAPH_URL" in wrong(LEAST | {"GRAPH_URL": url})


@pytest.mark.parametrize("connection", [KEY, "the key", f"AccountKey={KEY}", "a;AccountName=b"])
def test_what_is_no_connection_string_is_said_without_showing_it(connection: str) -> None:
    said = wrong(LEAST | {"AzureWebJobsStorage": connection})
    assert "AzureWebJobsStorage holds something else" in said
    assert connection not in said


@pytest.mark.parametrize(
    "connection",
    [
        "UseDevelopmentStorage=true",
        f"{CONNECTION};",
        "BlobEndpoint=https://b;SharedAccessSignature=s",
    ],
)
def test_a_connection_string_of_any_kind_will_do(connection: str) -> None:
    assert read(AzureWebJobsStorage=connection).storage_connection == connection


def test_keys_never_show_in_an_error() -> None:
    said = wrong(LEAST | {"TENANT_ID": "", "REGION": "Mars"})
    assert KEY not in said
    assert "AccountKey" not in said


@pytest.mark.parametrize(
    "grace", ["24", "os_build_too_old", "Os_Build=1", "a=b", "a=1=2", "a=-1", "a=337", "a=1; b=2"]
)
def test_graces_are_reasons_with_whole_hours(grace: str) -> None:
    assert "NOTIFY_GRACE_HOURS holds " in wrong(LEAST | {"NOTIFY_GRACE_HOURS": grace})


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("NOTIFY_WINDOW_MINUTES", "0"),
        ("NOTIFY_WINDOW_MINUTES", "241"),
        ("NOTIFY_STORM_PERCENT", "0"),
        ("NOTIFY_STORM_PERCENT", "101"),
        ("NOTIFY_FLAP_HOURS", "169"),
    ],
)
def test_how_eagerly_people_are_told_has_bounds(name: str, given: str) -> None:
    assert f"{name} is '{given}', and must be a whole number" in wrong(LEAST | {name: given})


@pytest.mark.parametrize("url", ["http://contoso.example", "contoso.example", "https://u@b", "//b"])
def test_messages_link_to_no_dashboard_without_https(url: str) -> None:
    said = wrong(LEAST | {"DASHBOARD_URL": url})
    assert "DASHBOARD_URL must be the https address of a page" in said
    assert url not in said


def test_settings_of_channels_are_kept_by_name_and_secrets_only_as_given() -> None:
    secret = "https://contoso.example/hook?sig=SECRET"
    settings = read(
        TEAMS_WEBHOOK_URL=secret,
        WEBHOOK_URL=secret,
        WEBHOOK_KEY=secret,
        SMTP_PASSWORD=secret,
        MAIL_TO=" it@contoso.example ",
        TIME_ZONE="Europe/Vienna",
    )
    assert settings.channels == {
        "TEAMS_WEBHOOK_URL": "given",
        "WEBHOOK_URL": "given",
        "WEBHOOK_KEY": "given",
        "SMTP_PASSWORD": "given",
        "MAIL_TO": "it@contoso.example",
        "TIME_ZONE": "Europe/Vienna",
    }
    assert "SECRET" not in repr(settings)


def test_a_channel_that_is_not_in_order_keeps_nothing_else_from_running() -> None:
    settings = read(SMTP_PORT="many", TIME_ZONE="Mars/Olympus", MAIL_TO="nobody")
    assert settings.channels["SMTP_PORT"] == "many"
