"""A caller is who a token that holds says; whatever else is sent lets nobody in."""

import time
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.issuer import LOCAL_AUDIENCE
from shared.adapters.identity.tokens import LARGEST_HEADER
from shared.domain.principal import PLAN, ROLES
from shared.errors import TokenError
from tests.adapters.identity.desk import LOGIN, TENANT, Desk
from tests.adapters.identity.key_server import KEYS
from tests.forged_tokens import FORGERIES, POWERLESS
from tests.forger import Forger, bare, bearer

BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


async def test_a_person_is_known_by_object_client_roles_and_name(
    desk: Desk, forger: Forger
) -> None:
    caller = await desk.read(forger.says(roles=[PLAN]))

    assert (caller.kind, caller.oid, caller.app) == ("user", str(UUID(int=1)), str(UUID(int=2)))
    assert (caller.roles, caller.name) == ((PLAN,), "mallory@contoso.example")
    assert caller.address is None


@pytest.mark.parametrize("idtyp", ["app", None])
async def test_who_has_no_scopes_is_an_application(
    desk: Desk, forger: Forger, idtyp: str | None
) -> None:
    caller = await desk.read(forger.says(scp=None, idtyp=idtyp, preferred_username=None))

    assert (caller.kind, caller.roles, caller.name) == ("application", ROLES, None)


@pytest.mark.parametrize("name", POWERLESS)
async def test_who_was_given_no_role_of_ours_is_known_all_the_same(
    desk: Desk, forger: Forger, name: str
) -> None:
    caller = await desk.read(POWERLESS[name](forger))

    assert not caller.has(*ROLES)


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_forged_token_lets_nobody_in(desk: Desk, forger: Forger, name: str) -> None:
    header = FORGERIES[name](forger)

    with pytest.raises(TokenError) as refused:
        await desk.read(header)

    assert set(desk.server.asked) <= {KEYS}
    assert not any(part in str(refused.value) for part in header.split(".") if len(part) > 20)


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_can_be_sent_as_it_is(forger: Forger, name: str) -> None:
    header = FORGERIES[name](forger)

    assert header == header.strip()
    assert header.isascii()
    assert header.replace("\t", " ").isprintable()
    assert len(header) < LARGEST_HEADER - len("Authorization: ")


@pytest.mark.parametrize("missing", [None, ""])
async def test_without_a_token_it_is_said_where_one_goes(desk: Desk, missing: str | None) -> None:
    with pytest.raises(TokenError, match="send the header Authorization: Bearer TOKEN"):
        await desk.read(missing)


@pytest.mark.parametrize(
    "around", [" {}", "{} ", "{}\n", "{}\r\nX-Role: admin", "\ufeff{}", "{}\0", "{}é", "{}\u200b"]
)
async def test_nothing_may_stand_around_a_token(desk: Desk, forger: Forger, around: str) -> None:
    with pytest.raises(TokenError, match="Bearer and one signed token"):
        await desk.read(around.format(forger.says()))


async def test_the_scheme_is_called_bearer_in_any_case(desk: Desk, forger: Forger) -> None:
    token = bare(forger.says())

    for scheme in ("bearer", "BEARER"):
        assert (await desk.read(f"{scheme} {token}")).oid == str(UUID(int=1))


async def test_a_token_as_large_as_a_picture_is_not_even_looked_at(
    desk: Desk, forger: Forger
) -> None:
    for size in (LARGEST_HEADER, 1_000_000):
        with pytest.raises(TokenError, match="too long"):
            await desk.read(forger.says(groups="x" * size))

    assert desk.server.asked == []


async def test_what_cannot_be_right_fetches_no_keys(desk: Desk, forger: Forger) -> None:
    for name in ("garbage", "alg none, with a signature", "HS256 with the modulus", "no kid"):
        with pytest.raises(TokenError):
            await desk.read(FORGERIES[name](forger))

    assert desk.server.asked == []


async def test_a_token_is_for_any_of_our_audiences(desk: Desk, forger: Forger) -> None:
    by_client_id = forger.says(aud="9e8d7c6b-0000-0000-0000-000000000000")

    assert (await desk.read(by_client_id)).has(PLAN)


async def test_a_token_holds_until_the_second_it_ends(desk: Desk, forger: Forger) -> None:
    end = int(time.time()) + 600
    token = forger.says(exp=end)
    desk.at = end - 0.001
    assert await desk.read(token)

    desk.at = end
    with pytest.raises(TokenError, match="expired"):
        await desk.read(token)


@pytest.mark.parametrize("claim", ["nbf", "iat"])
async def test_a_clock_may_be_a_minute_behind_and_no_more(
    desk: Desk, forger: Forger, claim: str
) -> None:
    begin = int(time.time()) + 600
    token = forger.says(**{claim: begin}, exp=begin + 600)
    desk.at = begin - 60
    assert await desk.read(token)

    desk.at = begin - 60.001
    with pytest.raises(TokenError, match="not valid yet"):
        await desk.read(token)


async def test_a_token_may_live_as_long_as_entra_lets_it(desk: Desk, forger: Forger) -> None:
    now = int(time.time())
    assert await desk.read(forger.says(exp=now + 24 * 3_600))

    with pytest.raises(TokenError, match="as no token of Entra does"):
        await desk.read(forger.says(iat=now - 60, exp=now + 28 * 3_600))


@pytest.mark.parametrize(
    ("claimed", "shown"),
    [
        ({"preferred_username": None, "name": "Zoë Müller"}, "Zoë Müller"),
        ({"preferred_username": "a\x1b[2J\nb\u202ec\u2028d"}, "a[2Jbcd"),
        ({"preferred_username": " \t "}, None),
        ({"preferred_username": "x" * 300}, "x" * 100),
        ({"preferred_username": "", "name": ""}, None),
    ],
)
async def test_a_name_is_shown_without_what_cannot_be_seen(
    desk: Desk, forger: Forger, claimed: dict[str, str | None], shown: str | None
) -> None:
    assert (await desk.read(forger.says(**claimed))).name == shown


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("expired for 10 s", "has expired; ask for a new one"),
        ("another audience", "for another audience"),
        ("the v1 issuer", "another issuer"),
        ("another tenant under our issuer", "another tenant"),
        ("version 1.0", "not of version 2.0"),
        ("no exp", "missing required field `exp`"),
        ("roles as text", r"Expected `array`, got `str` - at `\$.roles`"),
        ("another key under the same kid", "signature does not hold"),
        ("a kid that nobody knows", "a key that this tenant does not have"),
        ("RS512 with the right key", "not signed with RS256"),
        ("crit with b64", "extensions"),
        ("an application with a user's scopes", "a user or an application"),
        ("no signature", "Bearer and one signed token"),
    ],
)
async def test_it_is_said_what_is_wrong(desk: Desk, forger: Forger, name: str, said: str) -> None:
    with pytest.raises(TokenError, match=said):
        await desk.read(FORGERIES[name](forger))


async def test_a_token_of_the_local_issuer_is_one_of_entras_shape(
    desk: Desk, forger: Forger
) -> None:
    token = forger.issuer.issue([PLAN], login=LOGIN, tenant=TENANT, audience=LOCAL_AUDIENCE)

    assert (await desk.read(bearer(token))).roles == (PLAN,)


@given(data=st.data())
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_no_change_to_a_good_token_is_let_in(
    desk: Desk, forger: Forger, data: st.DataObject
) -> None:
    good = bare(forger.says())
    at = data.draw(st.integers(0, len(good) - 1), label="at")
    until = data.draw(st.integers(at, min(at + 4, len(good))), label="until")
    put = data.draw(st.text(BASE64URL + ".=", max_size=4), label="put")
    changed = good[:at] + put + good[until:]

    if changed != good:
        with pytest.raises(TokenError):
            await desk.read(bearer(changed))
    else:
        assert await desk.read(bearer(changed))


@given(header=st.text(max_size=60))
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_no_text_at_all_is_let_in_or_breaks_anything(desk: Desk, header: str) -> None:
    for text in (header, bearer(header)):
        with pytest.raises(TokenError):
            await desk.read(text)
