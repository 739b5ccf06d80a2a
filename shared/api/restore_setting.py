"""Operations on the restore setting itself, which only read."""

from shared.api.access import caller
from shared.api.answers import fitness_answer, status_answer
from shared.api.exchange import Api, Request, Response
from shared.domain.principal import READERS
from shared.use_cases.restore_status import restore_status

__all__ = ["Api", "preflight", "status"]


async def status(request: Request, api: Api) -> Response:
    """Tell how the setting stands, what stands in the way of switching it on, and who set it."""
    await caller(request, api, *READERS)
    return status_answer(await restore_status(api.clock(), control=api.control))


async def preflight(request: Request, api: Api) -> Response:
    """Tell whether the write identity would be let through, without writing."""
    await caller(request, api, *READERS)
    return fitness_answer(await api.control.setting.fitness())
