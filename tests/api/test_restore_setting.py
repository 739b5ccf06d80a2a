from msgspec import structs

from shared.domain.gates import GATES
from shared.domain.restore_value import etag_of
from shared.errors import GraphAnswerError
from shared.ports import Fitness
from tests.api.client import READER, Client
from tests.restore_fakes import SETTING_ID


async def test_it_is_told_how_the_setting_stands() -> None:
    client = Client()
    given = await client.ask("read_restore_setting", READER)
    assert given.status == 200
    assert given.told["setting"] == {
        "id": SETTING_ID,
        "state": "notConfigured",
        "last_modified": "2024-01-09T00:00:00Z",
    }
    assert given.headers["ETag"] == f'"{etag_of(await client.world.setting.read())}"'
    assert [answer["gate"] for answer in given.told["gates"]] == list(GATES)
    assert given.told["write_identity"]["fit"] == "yes"
    assert given.told["in_progress"] is None
    assert given.told["drift"]["applied"] is None
    assert "etag" not in given.told


async def test_drift_is_told_against_what_was_applied() -> None:
    client = Client()
    world = client.world
    change = await world.apply((await world.approved()).id)
    applied = (await client.ask("read_restore_setting")).told["drift"]
    assert change.value is not None
    assert applied["drifted"] is False
    assert applied["applied"] == {
        "change": change.id,
        "state": "enabled",
        "last_modified": change.value.last_modified,
        "at": f"{world.now:%Y-%m-%dT%H:%M:%SZ}",
    }
    world.setting.foreign("disabled")
    assert (await client.ask("read_restore_setting")).told["drift"]["drifted"] is True


async def test_a_setting_that_cannot_be_made_out_is_told_without_an_etag() -> None:
    client = Client()
    client.calls.fail("setting.read", GraphAnswerError("there are 2 restore settings"))
    given = await client.ask("read_restore_setting")
    assert given.status == 200
    assert given.told["setting"] is None
    assert given.told["wrong"] == "there are 2 restore settings"
    assert "ETag" not in given.headers


async def test_preflight_tells_what_is_missing_and_what_to_do_without_writing() -> None:
    client = Client()
    client.world.setting.fit = Fitness(configured=True, permission="yes", role="no", identity="i")
    given = await client.ask("preflight", READER)
    assert (given.told["fit"], given.told["role"], given.told["identity"]) == ("no", "no", "i")
    assert any(remedy["command"] for remedy in given.told["remedies"])
    assert client.world.setting.writes == []


async def test_preflight_has_nothing_to_add_where_all_is_well() -> None:
    client = Client()
    client.world.setting.fit = structs.replace(client.world.setting.fit, why=())
    given = await client.ask("preflight", READER)
    assert (given.told["fit"], given.told["remedies"]) == ("yes", [])
