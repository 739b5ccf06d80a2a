"""Reads the enrolment status pages and whom they are assigned to."""

from msgspec import UNSET, Struct, UnsetType, field

from shared.adapters.graph import outcomes
from shared.adapters.graph.assignments import read_targets
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.paths import ENROLMENT_CONFIGURATIONS
from shared.adapters.graph.waits import Meter
from shared.domain.tenant import Outcome, StatusPage
from shared.errors import GraphError

NAME = "status_pages"
TYPE = "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration"
DEFAULT_SUFFIX = "_DefaultWindows10EnrollmentCompletionPageConfiguration"


class _Configuration(Struct):
    id: str
    type: str = field(default="", name="@odata.type")
    name: str | None = field(default=None, name="displayName")
    priority: int = 0
    quality_updates: bool | UnsetType | None = field(default=UNSET, name="installQualityUpdates")


async def read_status_pages(
    client: GraphClient, meter: Meter
) -> tuple[tuple[StatusPage, ...], Outcome]:
    """Read all status pages; the default one needs no assignments. Raises GraphError.

    A page whose assignments could not be read has UNSET targets, and the outcome is partial.
    """
    found = await client.get_list(ENROLMENT_CONFIGURATIONS, _Configuration, meter)
    pages = [c for c in found if c.type == TYPE]
    assigned = [p.id for p in pages if not p.id.endswith(DEFAULT_SUFFIX)]
    read = await read_targets(client, ENROLMENT_CONFIGURATIONS, assigned, meter)
    targets = dict(zip(assigned, read, strict=True))
    errors = [t for t in read if isinstance(t, GraphError)]
    return tuple(
        StatusPage(
            id=page.id,
            name=page.name or "",
            priority=page.priority,
            default=page.id not in targets,
            quality_updates=UNSET if page.quality_updates is None else page.quality_updates,
            targets=UNSET if isinstance(t := targets.get(page.id, ()), GraphError) else t,
        )
        for page in pages
    ), outcomes.after(NAME, len(pages), errors)
