"""Authorization headers that must let nobody in: each forgery by its name, made for one issuer."""

import json
import time
from collections.abc import Callable
from typing import Any, TypeAlias
from uuid import UUID

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import RSAAlgorithm

from shared.domain.principal import ROLES
from tests.forger import HOUR, SIGNERS, Forger, bare, bearer, encoded

Forgery: TypeAlias = Callable[[Forger], str]


def _public_pem(forger: Forger) -> bytes:
    return forger.issuer.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _modulus(forger: Forger) -> bytes:
    public = forger.issuer.jwks()["keys"][0]
    return str(public["n"]).encode()


def _own_key(forger: Forger) -> dict[str, Any]:
    public: dict[str, Any] = RSAAlgorithm.to_jwk(forger.stranger.key.public_key(), as_dict=True)
    return public | {"kid": forger.issuer.kid, "use": "sig", "alg": "RS256"}


def _said_to_be(alg: str) -> Forgery:
    return lambda f: f.spliced(header=encoded({"alg": alg, "kid": f.issuer.kid}))


def _renamed(forger: Forger, algorithm: str) -> str:
    """Sign by another algorithm than the header says."""
    said = forger.says().rpartition(".")[0].removeprefix("Bearer ")
    signature = SIGNERS[algorithm].sign(said.encode(), forger.issuer.key)
    return bearer(f"{said}.{encoded(signature)}")


def _from_now(**seconds: int) -> Forgery:
    """Have times be so many seconds from now."""
    return lambda f: f.says(**{name: int(time.time()) + by for name, by in seconds.items()})


def _exactly(**changed: Any) -> Forgery:
    return lambda f: f.says(**changed)


def _retold(name: str, retell: Callable[[int], object]) -> Forgery:
    """Have one claim be told in another way."""
    return lambda f: f.says(**{name: retell(f.claims()[name])})


RETOLD: dict[str, Callable[[int], object]] = {
    "as text": str,
    "as a float": float,
    "as a list": lambda seconds: [seconds],
    "not a number": lambda _: float("nan"),
    "endless": lambda _: float("inf"),
    "huge": lambda _: 10**30,
    "true": lambda _: True,
    "negative": lambda _: -1,
}

BY_ALGORITHM: dict[str, Forgery] = {
    "alg none, without a signature": lambda f: f.spliced(
        header=encoded({"alg": "none", "kid": f.issuer.kid}), signature=""
    ),
    "alg none, with a signature": _said_to_be("none"),
    "alg none, spelt otherwise": _said_to_be("nOnE"),
    "alg in lower case": _said_to_be("rs256"),
    "alg left out": lambda f: f.sealed(f.claims(), alg=None),
    "alg as a list": lambda f: f.sealed(f.claims(), alg=["RS256"]),
    "HS256 with the public key": lambda f: f.signed_by(_public_pem(f), alg="HS256"),
    "HS256 with the modulus": lambda f: f.signed_by(_modulus(f), alg="HS256"),
    "HS256 with an empty secret": lambda f: f.signed_by(b"", alg="HS256"),
    "RS384 with the right key": lambda f: f.signed_by(f.issuer.key, alg="RS384"),
    "RS512 with the right key": lambda f: f.signed_by(f.issuer.key, alg="RS512"),
    "PS256 with the right key": lambda f: f.signed_by(f.issuer.key, alg="PS256"),
    "ES256": lambda f: f.signed_by(ec.generate_private_key(ec.SECP256R1()), alg="ES256"),
    "RS384 said to be RS256": lambda f: _renamed(f, "RS384"),
    "PS256 said to be RS256": lambda f: _renamed(f, "PS256"),
}

BY_KEY: dict[str, Forgery] = {
    "another key under the same kid": lambda f: f.signed_by(f.stranger.key),
    "a kid that nobody knows": lambda f: f.signed_by(f.stranger.key, kid=f.stranger.kid),
    "no kid": lambda f: f.sealed(f.claims(), kid=None),
    "an empty kid": lambda f: f.sealed(f.claims(), kid=""),
    "a kid that is a number": lambda f: f.sealed(f.claims(), kid=1),
    "a kid that is a list": lambda f: f.sealed(f.claims(), kid=[f.issuer.kid]),
    "a kid in upper case": lambda f: f.sealed(f.claims(), kid=f.issuer.kid.swapcase()),
    "a kid with a blank behind it": lambda f: f.sealed(f.claims(), kid=f"{f.issuer.kid} "),
    "a kid that is a path": lambda f: f.signed_by(b"", alg="HS256", kid="../../../../dev/null"),
    "a kid that is a file": lambda f: f.sealed(f.claims(), kid="file:///etc/passwd"),
    "a kid that is a query": lambda f: f.sealed(f.claims(), kid="x' UNION SELECT 'key"),
    "a kid that is an address": lambda f: f.signed_by(f.stranger.key, kid=f.lure),
    "jku": lambda f: f.signed_by(f.stranger.key, jku=f.lure),
    "jku, and a kid of its own": lambda f: f.signed_by(
        f.stranger.key, jku=f.lure, kid=f.stranger.kid
    ),
    "x5u": lambda f: f.signed_by(f.stranger.key, x5u=f.lure),
    "jwk": lambda f: f.signed_by(f.stranger.key, jwk=_own_key(f)),
    "jwk instead of a kid": lambda f: f.signed_by(f.stranger.key, jwk=_own_key(f), kid=None),
    "x5c": lambda f: f.signed_by(f.stranger.key, x5c=[_own_key(f)["n"]]),
    "crit with something unknown": lambda f: f.sealed(f.claims(), crit=["exp"], exp=1),
    "crit with what is left out": lambda f: f.sealed(f.claims(), crit=["b64"]),
    "crit with b64": lambda f: f.sealed(f.claims(), crit=["b64"], b64=True),
    "crit and nothing in it": lambda f: f.sealed(f.claims(), crit=[]),
    "b64 false": lambda f: f.sealed(f.claims(), crit=["b64"], b64=False),
    "b64 false, and not critical": lambda f: f.sealed(f.claims(), b64=False),
}

BY_ORIGIN: dict[str, Forgery] = {
    "another audience": _exactly(aud="api://other"),
    "no audience": _exactly(aud=None),
    "an empty audience": _exactly(aud=""),
    "Graph's audience": _exactly(aud="00000003-0000-0000-c000-000000000000"),
    "a list of audiences, ours among them": lambda f: f.says(aud=["api://other", f.audience]),
    "a list of our audience alone": lambda f: f.says(aud=[f.audience]),
    "our audience and a slash": lambda f: f.says(aud=f"{f.audience}/"),
    "our audience in upper case": lambda f: f.says(aud=f.audience.upper()),
    "our audience and more": lambda f: f.says(aud=f"{f.audience}.attacker.example"),
    "another issuer": _exactly(iss="https://login.microsoftonline.com/evil/v2.0"),
    "no issuer": _exactly(iss=None),
    "a list of issuers": lambda f: f.says(iss=[f"{f.login}/{f.tenant}/v2.0"]),
    "the v1 issuer": lambda f: f.says(iss=f"https://sts.windows.net/{f.tenant}/"),
    "the issuer and a slash": lambda f: f.says(iss=f"{f.login}/{f.tenant}/v2.0/"),
    "the issuer in upper case": lambda f: f.says(iss=f"{f.login}/{f.tenant}/V2.0"),
    "the issuer with a fraction slash": lambda f: f.says(iss=f"{f.login}\u2044{f.tenant}/v2.0"),
    "the issuer in wide letters": lambda f: f.says(iss=f"{f.login}/{f.tenant}/\uff562.0"),
    "the issuer with an unseen blank": lambda f: f.says(iss=f"{f.login}/{f.tenant}/v2.0\u200b"),
    "the issuer and a NUL": lambda f: f.says(iss=f"{f.login}/{f.tenant}/v2.0\0"),
    "the issuer of another tenant": lambda f: f.says(iss=f"{f.login}/{UUID(int=9)}/v2.0"),
    "the issuer as a part of another": lambda f: f.says(
        iss=f"https://attacker.example/?{f.login}/{f.tenant}/v2.0"
    ),
    "another tenant under our issuer": _exactly(tid=str(UUID(int=9))),
    "no tenant": _exactly(tid=None),
    "an empty tenant": _exactly(tid=""),
    "version 1.0": _exactly(ver="1.0"),
    "no version": _exactly(ver=None),
    "the version as a number": _exactly(ver=2.0),
}

BY_TIME: dict[str, Forgery] = {
    "expired for 10 s": _from_now(iat=-HOUR, nbf=-HOUR, exp=-10),
    "expired for 10 min": _from_now(iat=-HOUR, nbf=-HOUR, exp=-600),
    "expired now": _from_now(iat=-HOUR, nbf=-HOUR, exp=0),
    "valid in 10 min": _from_now(nbf=600, exp=2 * HOUR),
    "issued in 10 min": _from_now(iat=600, exp=2 * HOUR),
    "valid for a month": _from_now(exp=30 * 24 * HOUR),
    "valid for a month, of which this is the last hour": _from_now(iat=-30 * 24 * HOUR),
    "over before it was issued": _from_now(iat=30, exp=20),
    **{f"no {name}": _exactly(**{name: None}) for name in ("exp", "iat", "nbf")},
    **{
        f"{name} {how}": _retold(name, retell)
        for name in ("exp", "iat", "nbf")
        for how, retell in RETOLD.items()
    },
}

BY_HOLDER: dict[str, Forgery] = {
    "roles as text": _exactly(roles="RestoreSetting.Apply"),
    "roles as text, divided by blanks": _exactly(roles=" ".join(ROLES)),
    "roles as an object": _exactly(roles={"RestoreSetting.Apply": True}),
    "roles with a number": _exactly(roles=["RestoreSetting.Apply", 1]),
    "roles with a null": _exactly(roles=["RestoreSetting.Apply", None]),
    "roles in a list of lists": _exactly(roles=[list(ROLES)]),
    "roles true": _exactly(roles=True),
    "roles null": lambda f: f.sealed(f.claims() | {"roles": None}),
    "no object id": _exactly(oid=None),
    "an empty object id": _exactly(oid=""),
    "an object id that is a list": _exactly(oid=["1"]),
    "an object id of two lines": _exactly(oid="1\n2"),
    "an object id with a line's end": _exactly(oid="1\n"),
    "an object id as long as a book": _exactly(oid="1" * 4_000),
    "no client": _exactly(azp=None),
    "an empty client": _exactly(azp=""),
    "an ID token": _exactly(azp=None, scp=None, nonce="1"),
    "an application with a user's scopes": _exactly(idtyp="app"),
    "a user without scopes": _exactly(idtyp="user", scp=None),
    "a device": _exactly(idtyp="device", scp=None),
    "scopes as a list": _exactly(scp=["access_as_user"]),
    "empty scopes": _exactly(scp=""),
    "a name that is no text": _exactly(preferred_username=["a"]),
}

BY_SHAPE: dict[str, Forgery] = {
    "garbage": lambda _: "Bearer abc",
    "nothing but dots": lambda _: "Bearer ..",
    "no signature": lambda f: f.says().rpartition(".")[0],
    "an empty signature": lambda f: f.spliced(signature=""),
    "half of a signature": lambda f: f.says()[:-171],
    "the signature of another token": lambda f: f.spliced(
        signature=f.says(oid="1").rpartition(".")[2]
    ),
    "more roles than were signed": lambda f: f.spliced(
        signature=f.says(roles=["Readiness.Read"]).rpartition(".")[2]
    ),
    "another header than was signed": lambda f: f.spliced(
        header=encoded({"alg": "RS256", "kid": f.issuer.kid, "typ": "at+jwt"})
    ),
    "a fourth part": lambda f: f"{f.says()}.e30",
    "an encrypted token": lambda f: bearer(
        f"{encoded({'alg': 'RSA-OAEP', 'enc': 'A256GCM', 'kid': f.issuer.kid})}.YQ.YQ.YQ.YQ"
    ),
    "a token in a token": lambda f: f.sealed(bare(f.says()).encode(), cty="JWT"),
    "a signed list": lambda f: f.sealed([f.claims()]),
    "a signed word": lambda f: f.sealed("admin"),
    "a signed nothing": lambda f: f.sealed(b""),
    "a signed bit of noise": lambda f: f.sealed(b"\xff\xfe{"),
    "a name in broken UTF-8": lambda f: f.sealed(
        json.dumps(f.claims(name="@@")).encode().replace(b"@@", b"\xff")
    ),
    "a signed abyss": lambda f: f.sealed(b"[" * 2_000 + b"]" * 2_000),
    "a header that is a list": lambda f: f.spliced(header=encoded(["RS256"])),
    "a header that is an abyss": lambda f: f.spliced(header=encoded(b"[" * 2_000)),
    "a padded token": lambda f: f"{f.says()}==",
    "a token with a blank in it": lambda f: f.says().replace(".", ". ", 1),
    "letters of another base64": lambda f: f"{f.says()[:-2]}+/",
    "a second token behind a comma": lambda f: f"{f.says()}, {f.says()}",
    "a second token behind a blank": lambda f: f"{f.says()} {bare(f.says())}",
    "a good token after a bad one": lambda f: f"Bearer abc, {f.says()}",
    "Bearer alone": lambda _: "Bearer",
    "no scheme": lambda f: bare(f.says()),
    "another scheme": lambda f: f"Token {bare(f.says())}",
    "the Basic scheme": lambda f: f"Basic {bare(f.says())}",
    "the DPoP scheme": lambda f: f"DPoP {bare(f.says())}",
    "the scheme twice": lambda f: f"Bearer {f.says()}",
    "the scheme with a colon": lambda f: f"Bearer: {bare(f.says())}",
    "a tab behind the scheme": lambda f: f"Bearer\t{bare(f.says())}",
    "two blanks behind the scheme": lambda f: f"Bearer  {bare(f.says())}",
    "a token in quotes": lambda f: f'Bearer "{bare(f.says())}"',
    "a token with a name": lambda f: f"Bearer token={bare(f.says())}",
}

FORGERIES = BY_ALGORITHM | BY_KEY | BY_ORIGIN | BY_TIME | BY_HOLDER | BY_SHAPE
"""All of them can be sent as they are by any HTTP client, and are to be answered with 401."""

POWERLESS: dict[str, Forgery] = {
    "no roles": _exactly(roles=None),
    "an empty list of roles": _exactly(roles=[]),
    "the roles of another app": _exactly(roles=["Other.Write", "Settings.Write"]),
    "our roles in lower case": _exactly(roles=[role.lower() for role in ROLES]),
    "our roles and a blank": _exactly(roles=[f"{role} " for role in ROLES]),
    "all our roles in one": _exactly(roles=[" ".join(ROLES)]),
    "an application without roles": _exactly(roles=None, scp=None, idtyp="app"),
    "roles as scopes": _exactly(roles=None, scp=" ".join(ROLES)),
}
"""Tokens that hold, of callers who were given nothing: they are to be answered with 403."""


def forged(forger: Forger) -> dict[str, str]:
    """Make every Authorization header that is to be answered with 401, by what is wrong with it."""
    return {name: forge(forger) for name, forge in FORGERIES.items()}


def powerless(forger: Forger) -> dict[str, str]:
    """Make every Authorization header that is to be answered with 403, by why."""
    return {name: forge(forger) for name, forge in POWERLESS.items()}
