"""Access tokens of Microsoft Entra, checked in code: a header is believed only if it holds."""

import re
import time
from collections.abc import Callable, Collection
from typing import Annotated, Literal, TypeAlias

import msgspec
from jwt import InvalidSignatureError, PyJWK, PyJWS, PyJWTError
from msgspec import UNSET, Meta, Struct, UnsetType

from shared.adapters.identity.signing_keys import ALGORITHM, SigningKeys
from shared.domain.principal import Principal
from shared.errors import TokenError

LARGEST_HEADER = 8 * 1024
LEEWAY = 60
"""Seconds by which our clock may be behind Entra's; a token that has expired gets none."""

LONGEST_LIFE = 28 * 3600
"""Seconds; the longest that Entra issues, with continuous access evaluation.

Source: Continuous access evaluation, Microsoft Learn, 2026-11-22.
"""
LONGEST_NAME = 100

_BEARER = re.compile(r"(?i:bearer) ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)")
"""The scheme's name has no case (RFC 9110, 11.1); a signed token has three parts (RFC 7515)."""

_Id: TypeAlias = Annotated[str, Meta(pattern=r"^[!-~]{1,64}\Z")]
_Seconds: TypeAlias = Annotated[int, Meta(ge=0)]


class _Header(Struct):
    """`crit` names what a reader must understand; Entra sends none, and we understand none."""

    alg: str
    kid: Annotated[str, Meta(min_length=1)]
    crit: object | UnsetType = UNSET


class _Claims(Struct):
    """What a token has to say, each in its own type: no number as text, no single audience list.

    An ID token has no `azp`, and so is none.
    """

    iss: str
    aud: str
    tid: str
    ver: str
    oid: _Id
    azp: _Id
    exp: _Seconds
    iat: _Seconds
    nbf: _Seconds
    roles: tuple[str, ...] = ()
    scp: Annotated[str, Meta(min_length=1)] | UnsetType = UNSET
    idtyp: str | UnsetType = UNSET
    preferred_username: str = ""
    name: str = ""


class EntraTokens:
    """Access tokens of one tenant (v2), for one of our audiences.

    `issuer` is `{login}/{tenant}/v2.0` and `keys_url` that tenant's JWKS; a token never says where
    its key is. `now` tells the time in epoch seconds, `monotonic` counts seconds.
    """

    def __init__(
        self,
        issuer: str,
        keys_url: str,
        audiences: Collection[str],
        tenant_id: str,
        *,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._audiences = frozenset(audiences)
        self._tenant_id = tenant_id
        self._now = now
        self._keys = SigningKeys(keys_url, monotonic=monotonic)
        self._jws = PyJWS(algorithms=[ALGORITHM], options={"enforce_minimum_key_length": True})

    async def read(self, authorization: str | None) -> Principal:
        """Check an Authorization header and return who calls.

        Raises TokenError for one that does not hold, and KeysUnavailableError.
        """
        token = _token(authorization)
        key = await self._keys.find(self._key_id(token))
        claims = self._claims(token, key)
        self._check_origin(claims)
        self._check_times(claims)
        return Principal(
            kind=_kind(claims),
            oid=claims.oid,
            app=claims.azp,
            roles=claims.roles,
            name=_clean(claims.preferred_username or claims.name),
        )

    def _key_id(self, token: str) -> str:
        """Return which key a token says it is signed with, which is all its header may choose."""
        try:
            header = msgspec.convert(self._jws.get_unverified_header(token), _Header)
        except (PyJWTError, msgspec.ValidationError):
            raise TokenError("the access token's header cannot be read, or names no key") from None
        if header.alg != ALGORITHM:
            raise TokenError(f"the access token is not signed with {ALGORITHM}")
        if header.crit is not UNSET:
            raise TokenError("the access token asks for extensions that are not known here")
        return header.kid

    def _claims(self, token: str, key: PyJWK) -> _Claims:
        try:
            payload = self._jws.decode(token, key, algorithms=[ALGORITHM])
            return msgspec.json.decode(payload, type=_Claims)
        except InvalidSignatureError:
            raise TokenError("the access token's signature does not hold") from None
        except PyJWTError:
            raise TokenError("the access token cannot be checked with its key") from None
        except msgspec.ValidationError as error:
            raise TokenError(
                f"the access token's claims are not as they must be: {error}"
            ) from error
        except (msgspec.DecodeError, ValueError):
            raise TokenError("the access token's claims cannot be read") from None

    def _check_origin(self, claims: _Claims) -> None:
        if claims.ver != "2.0":
            raise TokenError(
                "the access token is not of version 2.0; ask the v2.0 endpoint for one"
            )
        if claims.iss != self._issuer:
            raise TokenError("the access token is from another issuer")
        if claims.tid != self._tenant_id:
            raise TokenError("the access token is from another tenant")
        if claims.aud not in self._audiences:
            raise TokenError("the access token is for another audience; ask for one for this API")

    def _check_times(self, claims: _Claims) -> None:
        now = self._now()
        if claims.exp <= now:
            raise TokenError("the access token has expired; ask for a new one")
        if max(claims.nbf, claims.iat) > now + LEEWAY:
            raise TokenError("the access token is not valid yet")
        if not 0 < claims.exp - claims.iat <= LONGEST_LIFE:
            raise TokenError("the access token begins and ends as no token of Entra does")


def _token(authorization: str | None) -> str:
    if not authorization:
        raise TokenError("there is no access token: send the header Authorization: Bearer TOKEN")
    if len(authorization) > LARGEST_HEADER:
        raise TokenError("the Authorization header is too long for an access token")
    match = _BEARER.fullmatch(authorization)
    if match is None:
        raise TokenError("the Authorization header must be Bearer and one signed token")
    return match[1]


def _kind(claims: _Claims) -> Literal["user", "application"]:
    """Tell a person, who delegated scopes to a client, from an application on its own.

    Entra adds `idtyp` where an app registration asks for it; where it is, it has to agree.
    """
    alone = claims.scp is UNSET
    if claims.idtyp is not UNSET and (claims.idtyp == "app") != alone:
        raise TokenError(
            "the access token does not agree with itself on who holds it: a user or an application"
        )
    return "application" if alone else "user"


def _clean(name: str) -> str | None:
    """Keep what can be seen of a name, which readers are shown and nothing depends on."""
    return "".join(filter(str.isprintable, name)).strip()[:LONGEST_NAME] or None
