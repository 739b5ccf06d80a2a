"""Reads the tenant's restore setting, "Show restore page"."""

from typing import Literal, get_args

import msgspec
from msgspec import Struct, field

from shared.adapters.graph import outcomes
from shared.adapters.graph.client import GraphClient
from shared.adapters.graph.paths import ENROLMENT_CONFIGURATIONS
from shared.adapters.graph.waits import Meter
from shared.domain.tenant import Outcome, RestoreSetting
from shared.errors import GraphAnswerError

NAME = "restore_setting"
TYPE = "#microsoft.graph.windowsRestoreDeviceEnrollmentConfiguration"
ID_SUFFIX = "_WindowsRestore"
FILTER = "$filter=deviceEnrollmentConfigurationType eq 'windowsRestore'"

State = Literal["enabled", "disabled", "notConfigured"]


class _Configuration(Struct):
    id: str
    type: str = field(default="", name="@odata.type")
    state: object = None
    last_modified: str = field(default="", name="lastModifiedDateTime")


async def read_restore_setting(client: GraphClient, meter: Meter) -> tuple[RestoreSetting, Outcome]:
    """Read the one object there is.

    Raises GraphAnswerError unless there is exactly one of the right type, id and state: what is
    not clearly the setting must never be taken for it. Raises GraphError.
    """
    path = f"{ENROLMENT_CONFIGURATIONS}?{FILTER}"
    found = [c for c in await client.get_list(path, _Configuration, meter) if c.type == TYPE]
    if len(found) != 1:
        raise GraphAnswerError(
            f"Graph returned {len(found)} restore settings where there is exactly one; look at"
            " Devices > Enrollment > Windows Backup and Restore in the Intune admin center"
        )
    [setting] = found
    if not setting.id.endswith(ID_SUFFIX):
        raise GraphAnswerError(
            f"the restore setting has the id {setting.id!r}, which does not end in {ID_SUFFIX}"
        )
    try:
        state = msgspec.convert(setting.state, State)
    except msgspec.ValidationError as unknown:
        raise GraphAnswerError(
            f"the restore setting {setting.id} has the state {setting.state!r}, which is none of"
            f" {', '.join(get_args(State))}"
        ) from unknown
    return RestoreSetting(setting.id, state, setting.last_modified), outcomes.complete(NAME, 1)
