"""Asking what the write identity may holds nobody up."""

import asyncio

import pytest

from shared.errors import AuditError, GraphUnavailableError, StorageError
from shared.ports import Fitness
from shared.use_cases.restore_standing import Accounts, ask_fitness, read_accounts
from tests.fakes import Calls
from tests.restore_builders import NOON
from tests.restore_fakes import FakeAudit, FakeSetting


class SilentSetting(FakeSetting):
    """Never answers."""

    async def fitness(self) -> Fitness:
        await asyncio.Event().wait()
        raise AssertionError


async def test_an_answer_is_handed_on() -> None:
    setting = FakeSetting(Calls(), lambda: NOON)
    assert await ask_fitness(setting) is setting.fit


async def test_who_gets_no_answer_in_time_does_not_know() -> None:
    fitness = await ask_fitness(SilentSetting(Calls(), lambda: NOON), patience=0)
    assert (fitness.fit, fitness.why) == ("unknown", ("Graph gave no answer.",))


async def test_who_gets_an_error_does_not_know_either() -> None:
    calls = Calls()
    calls.fail("setting.fitness", GraphUnavailableError("Graph answered 503"))
    assert (await ask_fitness(FakeSetting(calls, lambda: NOON))).fit == "unknown"


async def test_records_that_do_not_add_up_are_no_ledger() -> None:
    calls = Calls()
    calls.fail("audit.ledger", AuditError("record 3 is missing"), StorageError("storage is down"))
    audit = FakeAudit(calls)
    assert await read_accounts(audit) == Accounts(wrong="record 3 is missing")
    with pytest.raises(StorageError):
        await read_accounts(audit)
    assert (await read_accounts(audit)).ledger is not None
