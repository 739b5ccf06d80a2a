"""Signs what is posted, by the Standard Webhooks specification 1.0 (standardwebhooks.com)."""

import binascii
import hashlib
import hmac
from base64 import b64decode, b64encode

from shared.errors import SettingsError

PREFIX = "whsec_"
LEAST_BYTES = 24


class SigningKey:
    """A key shared with the receiver: `whsec_` and base64, or any text as it stands.

    Raises SettingsError, without the key, for one that is shorter than the specification wants.
    """

    def __init__(self, channel: str, key: str) -> None:
        self._bytes = _decoded(key.strip())
        if len(self._bytes) < LEAST_BYTES:
            raise SettingsError(
                f"the signing key of {channel} cannot be used: it has to be at least {LEAST_BYTES}"
                f" bytes long, as text or as {PREFIX} and base64"
            )

    def headers(self, id_: str, timestamp: int, body: bytes) -> dict[str, str]:
        """Make the three headers by which a receiver knows what came from us, and when.

        `timestamp` is in epoch seconds; it is signed too, so that old messages can be refused.
        """
        signed = f"{id_}.{timestamp}.".encode() + body
        signature = hmac.new(self._bytes, signed, hashlib.sha256).digest()
        return {
            "webhook-id": id_,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": f"v1,{b64encode(signature).decode()}",
        }


def _decoded(key: str) -> bytes:
    if not key.startswith(PREFIX):
        return key.encode()
    try:
        return b64decode(key.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        return b""
