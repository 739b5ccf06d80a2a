from azure.identity.aio import DefaultAzureCredential

from shared.adapters.identity.credentials import graph_credential, storage_credential
from shared.adapters.identity.fixed_token import FixedTokenCredential

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
