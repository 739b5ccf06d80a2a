"""How changes of the restore setting stand, as far as it can be had without holding others up."""

import asyncio
import logging

from msgspec import Struct

from shared.domain.ledger import Ledger
from shared.errors import AuditError, ReadinessError
from shared.ports import Audit, Fitness, Setting

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that Graph is given to tell what the write identity may."""


class Accounts(Struct, frozen=True):
    """What the audit's records add up to, or `wrong`: why they do not."""

    ledger: Ledger | None = None
    wrong: str | None = None


async def read_accounts(audit: Audit) -> Accounts:
    """Add up the audit's records. Raises StorageError."""
    try:
        return Accounts(await audit.ledger())
    except AuditError as error:
        return Accounts(wrong=str(error))


async def ask_fitness(setting: Setting, patience: float = PATIENCE) -> Fitness:
    """Ask whether the write identity is fit; who gets no answer in time does not know."""
    try:
        async with asyncio.timeout(patience):
            return await setting.fitness()
    except (ReadinessError, TimeoutError) as error:
        log.warning("Whether the write identity is fit cannot be seen: %r", error)
        return Fitness(configured=True, why=("Graph gave no answer.",))
