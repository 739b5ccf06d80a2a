"""Which texts are GUIDs that name something."""

import re
from typing import TypeGuard

_GUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_NOTHING = "00000000-0000-0000-0000-000000000000"


def is_real_guid(text: object) -> TypeGuard[str]:
    """Tell a GUID from everything else; Graph writes all zeros where there is no object."""
    return isinstance(text, str) and text != _NOTHING and _GUID.fullmatch(text) is not None
