"""The write identity of the simulated tenant; its token opens nothing outside this machine."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping

import msgspec

APPLICATION = "0d1c7a52-8f0e-4c55-9a57-7e4b1f6f3d02"
OBJECT = "b7c39f64-2a41-4f0d-8c8e-51d2f7a90e13"


def unsigned_token(claims: Mapping[str, object]) -> str:
    """Write claims in the form of a JWT that nobody signed."""
    return f"{_part({'typ': 'JWT', 'alg': 'none'})}.{_part(claims)}."


def _part(content: Mapping[str, object]) -> str:
    return urlsafe_b64encode(msgspec.json.encode(content)).decode().rstrip("=")


LOOPBACK_WRITER = unsigned_token(
    {
        "appid": APPLICATION,
        "oid": OBJECT,
        "roles": [
            "DeviceManagementServiceConfig.Read.All",
            "DeviceManagementServiceConfig.ReadWrite.All",
        ],
    }
)
"""What a managed identity's token would say; directory roles are the tenant's to know."""
