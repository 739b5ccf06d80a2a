"""Keys are fetched when they are needed, and no stranger can make us fetch them more often."""

import asyncio
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from local.issuer import Issuer
from shared.adapters.identity.signing_keys import BREATH, COOLDOWN, LIFESPAN
from shared.errors import KeysUnavailableError, TokenError
from tests.adapters.identity.desk import LOGIN, TENANT, Desk
from tests.adapters.identity.key_server import KEYS, KeyServer
from tests.forger import Forger, bearer, encoded, jws


def secret(kid: str) -> dict[str, Any]:
    """Write a symmetric key as a member of a key set."""
    return {"kty": "oct", "kid": kid, "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}


def test_keys_are_not_fetched_before_they_are_needed(desk: Desk) -> None:
    assert desk.server.asked == []


async def test_many_first_calls_at_once_fetch_once(desk: Desk, forger: Forger) -> None:
    desk.server.gate.clear()
    calls = [asyncio.create_task(desk.read(forger.says())) for _ in range(20)]
    await desk.server.next_arrival()
    desk.server.gate.set()

    assert len(await asyncio.gather(*calls)) == 20
    assert desk.server.asked == [KEYS]


async def test_keys_are_kept_for_an_hour_and_no_longer(desk: Desk, forger: Forger) -> None:
    token = forger.says()
    for desk.seconds in (0, COOLDOWN + 1, LIFESPAN - 1):
        await desk.read(token)
    assert len(desk.server.asked) == 1

    desk.seconds = LIFESPAN
    await desk.read(token)
    assert len(desk.server.asked) == 2


async def test_a_key_that_was_withdrawn_lets_nobody_in_after_an_hour(
    desk: Desk, forger: Forger, stranger: Issuer
) -> None:
    await desk.read(forger.says())
    desk.server.document = stranger.jwks()
    desk.seconds = LIFESPAN

    with pytest.raises(TokenError, match="does not have"):
        await desk.read(forger.says())


async def test_a_new_key_is_found_when_a_token_names_it(
    desk: Desk, forger: Forger, stranger: Issuer
) -> None:
    await desk.read(forger.says())
    desk.server.document = {"keys": forger.issuer.jwks()["keys"] + stranger.jwks()["keys"]}
    rolled = bearer(stranger.issue(login=LOGIN, tenant=TENANT))

    desk.seconds = COOLDOWN - 1
    with pytest.raises(TokenError, match="does not have"):
        await desk.read(rolled)

    desk.seconds = COOLDOWN
    assert await desk.read(rolled)
    assert await desk.read(forger.says())
    assert len(desk.server.asked) == 2


async def test_a_flood_of_unknown_kids_fetches_once_in_a_while(desk: Desk, forger: Forger) -> None:
    for second in range(2 * int(COOLDOWN)):
        desk.seconds = second
        for number in range(3):
            with pytest.raises(TokenError):
                await desk.read(forger.signed_by(b"", alg="HS256", kid=f"{second}-{number}"))
            with pytest.raises(TokenError):
                await desk.read(forger.spliced(header=_header(f"{second}-{number}")))

    assert len(desk.server.asked) == 2


async def test_who_is_known_does_not_wait_while_a_stranger_has_keys_fetched(
    desk: Desk, forger: Forger
) -> None:
    await desk.read(forger.says())
    await desk.server.next_arrival()
    desk.seconds = COOLDOWN
    desk.server.gate.clear()
    stranger = asyncio.create_task(desk.read(forger.spliced(header=_header("nobody"))))
    await desk.server.next_arrival()

    assert await desk.read(forger.says())
    assert not stranger.done()

    desk.server.gate.set()
    with pytest.raises(TokenError):
        await stranger


@pytest.mark.parametrize(
    "trouble",
    [
        {"status": 500},
        {"status": 404},
        {"status": 302, "headers": {"Location": "/lure"}},
        {"body": b"<html>Our services aren't available</html>"},
        {"body": b""},
        {"body": b"\xff\xfe"},
        {"body": b"[]"},
        {"body": b"{}"},
        {"body": b'{"keys": "none"}'},
        {"body": b'{"keys": [1, null, {"kty": "RSA"}, {"kty": "RSA", "kid": 1, "n": 2, "e": []}]}'},
        {"cut": True},
    ],
    ids=str,
)
async def test_keys_that_cannot_be_had_let_nobody_in(
    desk: Desk, forger: Forger, trouble: dict[str, Any]
) -> None:
    for name, value in trouble.items():
        setattr(desk.server, name, value)

    with pytest.raises(KeysUnavailableError, match=desk.server.keys_url):
        await desk.read(forger.says())

    assert set(desk.server.asked) == {KEYS}


async def test_a_sign_in_host_that_is_gone_is_not_called_for_every_token(
    server: KeyServer, forger: Forger
) -> None:
    desk = Desk(server)
    server.status = 503
    for _ in range(20):
        with pytest.raises(KeysUnavailableError):
            await desk.read(forger.says())
    assert len(server.asked) == 1

    server.status = 200
    desk.seconds = BREATH
    assert await desk.read(forger.says())
    assert len(server.asked) == 2


async def test_a_host_that_does_not_listen_is_told_as_such(forger: Forger) -> None:
    desk = Desk(KeyServer({}, url="http://127.0.0.1:9"))

    with pytest.raises(KeysUnavailableError, match="PyJWKClientConnectionError"):
        await desk.read(forger.says())


async def test_while_it_is_gone_those_whose_key_is_known_are_let_in(
    desk: Desk, forger: Forger, stranger: Issuer
) -> None:
    await desk.read(forger.says())
    desk.server.status = 503
    desk.seconds = COOLDOWN

    with pytest.raises(KeysUnavailableError):
        await desk.read(bearer(stranger.issue(login=LOGIN, tenant=TENANT)))
    assert await desk.read(forger.says())


async def test_a_key_too_short_to_be_safe_checks_nothing(desk: Desk, forger: Forger) -> None:
    weak = rsa.generate_private_key(65_537, 1_024)  # noqa: S505
    public: dict[str, Any] = RSAAlgorithm.to_jwk(weak.public_key(), as_dict=True)
    desk.server.document = {"keys": [public | {"kid": "weak", "use": "sig"}]}

    with pytest.raises(TokenError, match="cannot be checked with its key"):
        await desk.read(forger.signed_by(weak, kid="weak"))


async def test_a_symmetric_key_in_the_set_checks_nothing(desk: Desk, forger: Forger) -> None:
    good = forger.issuer.jwks()["keys"]
    desk.server.document = {"keys": [secret("shared"), secret(forger.issuer.kid), *good]}

    for alg in ("HS256", "RS256"):
        header = {"alg": alg, "kid": "shared"}
        signature = forger.says().rpartition(".")[2]
        with pytest.raises(TokenError):
            await desk.read(forger.spliced(header=encoded(header), signature=signature))
    assert await desk.read(forger.says())


@pytest.mark.parametrize("odd", [{"use": "enc"}, {"alg": "RS512"}, {"alg": "PS256"}], ids=str)
async def test_a_key_for_something_else_checks_nothing(
    desk: Desk, forger: Forger, odd: dict[str, str]
) -> None:
    desk.server.document = {"keys": [forger.issuer.jwks()["keys"][0] | odd]}

    with pytest.raises(TokenError, match="does not have"):
        await desk.read(forger.says())


async def test_keys_of_other_kinds_beside_ours_do_no_harm(desk: Desk, forger: Forger) -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    public: dict[str, Any] = ECAlgorithm.to_jwk(curve.public_key(), as_dict=True)
    ours = forger.issuer.jwks()["keys"]
    desk.server.document = {"keys": [public | {"kid": "curve"}, {"kty": "new"}, *ours]}

    assert await desk.read(forger.says())
    with pytest.raises(TokenError):
        await desk.read(bearer(jws({"alg": "ES256", "kid": "curve"}, forger.claims(), curve)))


def _header(kid: str) -> str:
    return encoded({"alg": "RS256", "typ": "JWT", "kid": kid})
