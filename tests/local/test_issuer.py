"""The laptop's issuer signs as Entra would, with one key that is kept for its owner."""

import os
import stat
import threading
from pathlib import Path
from typing import Literal

import jwt
import pytest

from local.issuer import LOCAL_AUDIENCE, Issuer, local_issuer
from local.sweep import place
from shared.domain.principal import APPLY, PLAN
from shared.errors import InputError

LOGIN, TENANT = "http://127.0.0.1:7080", "11111111-2222-3333-4444-555555555555"


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer.new()


def claims(token: str, issuer: Issuer) -> dict[str, object]:
    read: dict[str, object] = jwt.decode(
        token,
        jwt.PyJWK(issuer.jwks()["keys"][0]),
        algorithms=["RS256"],
        audience=LOCAL_AUDIENCE,
        issuer=f"{LOGIN}/{TENANT}/v2.0",
    )
    return read


def test_a_person_has_what_entra_says_of_one(issuer: Issuer) -> None:
    said = claims(issuer.issue([PLAN, APPLY], login=LOGIN, tenant=TENANT, name="zoe"), issuer)

    assert (said["tid"], said["ver"], said["roles"]) == (TENANT, "2.0", [PLAN, APPLY])
    assert (said["name"], said["preferred_username"]) == ("zoe", "zoe@contoso.example")
    assert said["scp"]
    assert "idtyp" not in said


def test_an_application_has_no_scopes_and_no_name(issuer: Issuer) -> None:
    token = issuer.issue([PLAN], login=LOGIN, tenant=TENANT, name="pipeline", kind="application")
    said = claims(token, issuer)

    assert said["idtyp"] == "app"
    assert not said.keys() & {"scp", "name", "preferred_username"}


def test_who_has_no_roles_has_no_such_claim(issuer: Issuer) -> None:
    assert "roles" not in claims(issuer.issue(login=LOGIN, tenant=TENANT), issuer)


def test_the_same_name_is_the_same_somebody_and_others_are_others(issuer: Issuer) -> None:
    def object_of(
        name: str, kind: Literal["user", "application"] = "user"
    ) -> tuple[object, object]:
        token = issuer.issue(login=LOGIN, tenant=TENANT, name=name, kind=kind)
        said = claims(token, issuer)
        return said["oid"], said["azp"]

    assert object_of("zoe") == object_of("zoe")
    assert object_of("zoe")[0] != object_of("ada")[0]
    assert object_of("zoe")[1] == object_of("ada")[1]
    assert object_of("a", "application") == object_of("a", "application")
    assert not set(object_of("a", "application")) & set(object_of("b", "application"))
    assert not set(object_of("a", "application")) & set(object_of("a"))


def test_a_token_holds_for_as_long_as_asked(issuer: Issuer) -> None:
    token = issuer.issue(login=LOGIN, tenant=TENANT, minutes=5, now=1_000.9)
    said = jwt.decode(token, options={"verify_signature": False})

    assert (said["iat"], said["nbf"], said["exp"]) == (1_000, 1_000, 1_300)


def test_what_is_published_has_no_private_part(issuer: Issuer) -> None:
    (key,) = issuer.jwks()["keys"]

    assert key.keys() == {"kty", "use", "kid", "x5t", "n", "e"}
    assert key["kid"] == issuer.kid


def test_each_key_has_a_name_of_its_own(issuer: Issuer) -> None:
    assert Issuer(issuer.key).kid == issuer.kid != Issuer.new().kid


def test_the_key_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "issuer.pem"

    assert Issuer.kept_in(file).kid == Issuer.kept_in(file).kid
    assert [each.name for each in file.parent.iterdir()] == ["issuer.pem"]
    if os.name != "nt":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_of_several_that_begin_at_once_all_use_one_key(tmp_path: Path) -> None:
    file, kids = tmp_path / "issuer.pem", set[str]()
    begin = threading.Barrier(4)

    def start() -> None:
        begin.wait()
        kids.add(Issuer.kept_in(file).kid)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert kids == {Issuer.kept_in(file).kid}
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_a_file_with_something_else_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "issuer.pem"
    file.write_bytes(content)

    with pytest.raises(InputError, match=r"issuer\.pem holds no key .* remove it"):
        Issuer.kept_in(file)


def test_this_machine_s_issuer_lies_beside_its_sweeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "HOME", tmp_path)

    assert local_issuer().kid == Issuer.kept_in(tmp_path / "issuer.pem").kid
