"""Who makes forged tokens: knows what is public of an issuer, and changes one thing at a time."""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from jwt.algorithms import get_default_algorithms

from local.issuer import LOCAL_AUDIENCE, Issuer
from shared.domain.principal import ROLES

SIGNERS = get_default_algorithms()
HOUR = 3600


@dataclass(frozen=True)
class Forger:
    """Forges the tokens of one issuer, and can also have it sign what it never would.

    `lure` is where an attacker would like keys to be fetched from.
    """

    issuer: Issuer
    login: str
    tenant: str
    audience: str = LOCAL_AUDIENCE
    lure: str = "https://keys.attacker.example/keys"
    stranger: Issuer = field(default_factory=Issuer.new)

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Return what a good token of a person with every role claims; None leaves one out."""
        now = int(time.time())
        good = {
            "aud": self.audience,
            "iss": f"{self.login}/{self.tenant}/v2.0",
            "iat": now,
            "nbf": now,
            "exp": now + HOUR,
            "tid": self.tenant,
            "oid": str(UUID(int=1)),
            "azp": str(UUID(int=2)),
            "ver": "2.0",
            "roles": list(ROLES),
            "scp": "access_as_user",
            "preferred_username": "mallory@contoso.example",
        }
        return {name: value for name, value in (good | changed).items() if value is not None}

    def says(self, **changed: Any) -> str:
        """Have the issuer itself sign what is claimed."""
        return self.sealed(self.claims(**changed))

    def sealed(self, payload: object, **header: Any) -> str:
        """Have the issuer itself sign anything, under a changed header; None leaves a field out."""
        return bearer(jws({"kid": self.issuer.kid} | header, payload, self.issuer.key))

    def signed_by(self, key: Any, **header: Any) -> str:
        """Sign good claims with another key, or by another algorithm."""
        return bearer(jws({"kid": self.issuer.kid} | header, self.claims(), key))

    def spliced(self, **parts: str) -> str:
        """Put another `header`, `payload` or `signature` into a good token."""
        names = ("header", "payload", "signature")
        good = dict(zip(names, bare(self.says()).split("."), strict=True))
        return bearer(".".join((good | parts).values()))


def bearer(token: str) -> str:
    """Make the header that carries a token."""
    return f"Bearer {token}"


def bare(header: str) -> str:
    """Take the token out of its header."""
    return header.removeprefix("Bearer ")


def encoded(content: object) -> str:
    """Write JSON, or bytes as they are, in base64url."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def jws(header: Mapping[str, Any], payload: object, key: Any) -> str:
    """Sign a payload as its header says, with whatever key."""
    given: dict[str, Any] = {"alg": "RS256", "typ": "JWT", **header}
    protected = {name: value for name, value in given.items() if value is not None}
    said = f"{encoded(protected)}.{encoded(payload)}"
    algorithm = SIGNERS.get(str(given["alg"]), SIGNERS["RS256"])
    return f"{said}.{encoded(algorithm.sign(said.encode(), key))}"
