from azure.identity.aio import DefaultAzureCredential, ManagedIdentityCredential

from shared.adapters.identity.credentials import (
    graph_credential,
    storage_credential,
    write_credential,
)
from shared.adapters.identity.fixed_token import FixedTokenCredential
from shared.adapters.identity.loopback_writer import LOOPBACK_WRITER

LOGIN = "https://login.microsoftonline.com"


async def test_a_graph_on_this_machine_gets_a_token_that_opens_nothing() -> None:
    credential = graph_credential("http://127.0.0.1:8123", LOGIN)
    assert isinstance(credential, FixedTokenCredential)
    token = await credential.get_token("http://127.0.0.1/.default", enable_cae=True)
    assert token.token == "loopback"


async def test_a_real_graph_gets_the_identity_of_the_app() -> None:
    async with graph_credential("https://graph.microsoft.us", LOGIN, "client-1") as credential:
        assert isinstance(credential, DefaultAzureCredential)


async def test_storage_gets_the_identity_of_the_app() -> None:
    async with storage_credential("client-1") as credential:
        assert isinstance(credential, DefaultAzureCredential)


async def test_who_writes_is_told_apart_from_who_reads_on_this_machine() -> None:
    written = write_credential("http://127.0.0.1:8123", "client-2")
    assert isinstance(written, FixedTokenCredential)
    assert (await written.get_token("any")).token == LOOPBACK_WRITER
    read = graph_credential("http://127.0.0.1:8123", LOGIN)
    assert (await read.get_token("any")).token != LOOPBACK_WRITER


async def test_a_real_setting_is_changed_by_a_managed_identity_and_by_nobody_else() -> None:
    credential = write_credential("https://graph.microsoft.com", "client-2")
    assert isinstance(credential, ManagedIdentityCredential)
    await credential.close()


def test_without_an_identity_of_its_own_nothing_is_changed() -> None:
    assert write_credential("https://graph.microsoft.com", None) is None
    assert write_credential("http://127.0.0.1:8123", None) is None
