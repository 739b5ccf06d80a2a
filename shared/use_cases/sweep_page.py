"""Do what a message on the page queue asks for."""

from datetime import datetime

from shared.messages import ReadPage
from shared.ports import Changes, Devices, Queue, Sweeps, Tenant
from shared.use_cases.judges import Judges
from shared.use_cases.read_page import read_page
from shared.use_cases.start_sweep import SweepTerms, resume_start


async def sweep_page(
    message: ReadPage,
    attempt: int,
    now: datetime,
    terms: SweepTerms,
    *,
    judges: Judges,
    changes: Changes,
    devices: Devices,
    tenant: Tenant,
    sweeps: Sweeps,
    queue: Queue,
) -> None:
    """Read the page a message names; page 0 goes on with a start that Graph had put off."""
    if message.page == 0:
        await resume_start(
            message, terms, changes=changes, tenant=tenant, sweeps=sweeps, queue=queue
        )
    else:
        await read_page(
            message, attempt, now, judges=judges, devices=devices, sweeps=sweeps, queue=queue
        )
