"""An issuer of access tokens for the laptop, in the place of Microsoft Entra."""

import base64
import hashlib
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, Self
from uuid import NAMESPACE_URL, uuid4, uuid5

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from local.sweep import place
from shared.errors import InputError

LOCAL_AUDIENCE = "api://windows-backup-readiness"
"""The audience of a local host's API."""

BITS = 2048
EXPONENT = 65_537


class Issuer:
    """Signs tokens shaped as Entra's v2 ones, with a key of its own that no tenant knows."""

    def __init__(self, key: RSAPrivateKey) -> None:
        self.key = key
        self._public: dict[str, Any] = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        self.kid = _thumbprint(self._public)

    @classmethod
    def new(cls) -> Self:
        """Make an issuer whose key is kept nowhere."""
        return cls(generate_private_key(EXPONENT, BITS))

    @classmethod
    def kept_in(cls, file: Path) -> Self:
        """Read the issuer whose key is in a file, making both where there is none.

        Of several that begin at once, all use the key of the first. Raises InputError for a file
        that holds something else.
        """
        if not file.exists():
            _keep(cls.new().key, file)
        return cls(_read(file))

    def jwks(self) -> dict[str, Any]:
        """Return the public keys, as the sign-in host publishes them."""
        key = {name: self._public[name] for name in ("kty", "n", "e")}
        return {"keys": [key | {"use": "sig", "kid": self.kid, "x5t": self.kid}]}

    def issue(
        self,
        roles: Sequence[str] = (),
        *,
        login: str,
        tenant: str,
        name: str = "admin",
        kind: Literal["user", "application"] = "user",
        audience: str = LOCAL_AUDIENCE,
        minutes: float = 60,
        now: float | None = None,
    ) -> str:
        """Make a token for somebody who was given these roles.

        The same name is always the same person or application. `now` is in epoch seconds.
        """
        begin = int(time.time() if now is None else now)
        claims = {
            "aud": audience,
            "iss": f"{login}/{tenant}/v2.0",
            "iat": begin,
            "nbf": begin,
            "exp": begin + int(minutes * 60),
            "tid": tenant,
            "uti": uuid4().hex,
            "ver": "2.0",
            **_holder(kind, name, tenant),
            **({"roles": list(roles)} if roles else {}),
        }
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": self.kid})


def local_issuer() -> Issuer:
    """Return the issuer of this machine, which all local hosts and tenants share."""
    return Issuer.kept_in(place.HOME / "issuer.pem")


def _holder(kind: Literal["user", "application"], name: str, tenant: str) -> dict[str, str]:
    """Say who a token is for: a person through the command line, or an application alone."""
    oid = str(uuid5(NAMESPACE_URL, f"{tenant}/{kind}/{name}"))
    if kind == "application":
        app = str(uuid5(NAMESPACE_URL, f"{tenant}/client/{name}"))
        return {"oid": oid, "sub": oid, "azp": app, "azpacr": "1", "idtyp": "app"}
    return {
        "oid": oid,
        "sub": oid,
        "azp": str(uuid5(NAMESPACE_URL, f"{tenant}/client/python -m local")),
        "azpacr": "0",
        "name": name,
        "preferred_username": name if "@" in name else f"{name}@contoso.example",
        "scp": "access_as_user",
    }


def _read(file: Path) -> RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise InputError(f"{file} holds no key for RS256; remove it, and one is made")
    return key


def _keep(key: RSAPrivateKey, file: Path) -> None:
    """Write a key whole or not at all, for its owner's eyes, unless another is there by then."""
    file.parent.mkdir(parents=True, exist_ok=True)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    descriptor, draft = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(pem)
        with suppress(FileExistsError):
            file.hardlink_to(draft)
    finally:
        Path(draft).unlink()


def _thumbprint(key: dict[str, Any]) -> str:
    """Name a key by what it is (RFC 7638)."""
    required = {name: key[name] for name in ("e", "kty", "n")}
    digest = hashlib.sha256(msgspec.json.encode(required)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
