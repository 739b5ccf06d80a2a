"""Who calls is said by a token: one's own, this machine's, or of whoever is signed in."""

import jwt
import pytest
from azure.core.exceptions import ClientAuthenticationError

from local.issuer import LOCAL_AUDIENCE, Issuer
from local.restore import credentials
from local.restore.address import Address
from local.restore.credentials import token_for
from shared.domain.principal import APPROVE, PLAN, READINESS_READ, ROLES
from shared.errors import ReadinessError

HERE = Address("http://127.0.0.1:7071", local=True)
AFAR = Address("https://app.example", local=False)
ISSUER = Issuer.new()


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("READINESS_TOKEN", "READINESS_AUDIENCE", "API_AUDIENCE", "TENANT_ID", "GRAPH_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LOGIN_URL", "http://127.0.0.1:1/")
    monkeypatch.setattr(credentials, "local_issuer", lambda: ISSUER)


class SignedIn:
    """Somebody who is signed in; `asked` is what a token was wanted for."""

    asked: list[str]

    def get_token(self, scope: str) -> object:
        self.asked.append(scope)
        return type("Token", (), {"token": "of the one signed in"})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    SignedIn.asked = []
    monkeypatch.setattr(credentials, "DefaultAzureCredential", SignedIn)
    return SignedIn.asked


def claims(token: str) -> dict[str, object]:
    key = ISSUER.key.public_key()
    return jwt.decode(token, key, algorithms=["RS256"], audience=LOCAL_AUDIENCE)


def test_a_token_of_ones_own_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READINESS_TOKEN", " mine\n")

    assert [token_for(each, None, (), None) for each in (HERE, AFAR)] == ["mine", "mine"]


def test_a_token_that_would_break_the_header_is_refused_unshown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("READINESS_TOKEN", "secret\r\nX-More: 1")

    with pytest.raises(ReadinessError, match="READINESS_TOKEN") as refused:
        token_for(HERE, None, (), None)
    assert "secret" not in str(refused.value)


def test_on_this_machine_anybody_may_be_anyone_with_every_role_of_the_setting() -> None:
    said = claims(token_for(HERE, "anna", (), None))

    assert said["name"] == "anna"
    assert said["roles"] == [role for role in ROLES if role != READINESS_READ]
    assert str(said["iss"]).startswith("http://127.0.0.1:1/1")


def test_on_this_machine_roles_can_be_left_out() -> None:
    assert claims(token_for(HERE, None, [PLAN, APPROVE], None))["roles"] == [PLAN, APPROVE]


@pytest.mark.parametrize(("person", "roles"), [("anna", []), (None, [PLAN])])
def test_elsewhere_nobody_chooses_who_to_be(
    person: str | None, roles: list[str], asked: list[str]
) -> None:
    with pytest.raises(ReadinessError, match="for an app on this machine"):
        token_for(AFAR, person, roles, "api://app")
    assert asked == []


def test_with_a_token_of_ones_own_nobody_chooses_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READINESS_TOKEN", "mine")

    with pytest.raises(ReadinessError, match="READINESS_TOKEN says who you are"):
        token_for(HERE, "anna", (), None)


def test_elsewhere_whoever_is_signed_in_calls(
    asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READINESS_AUDIENCE", "api://app/")
    assert token_for(AFAR, None, (), None) == "of the one signed in"
    token_for(AFAR, None, (), "api://another")

    assert asked == ["api://app/.default", "api://another/.default"]


def test_without_an_audience_it_says_what_to_set(asked: list[str]) -> None:
    with pytest.raises(ReadinessError, match="set READINESS_AUDIENCE"):
        token_for(AFAR, None, (), None)
    assert asked == []


def test_where_nobody_is_signed_in_it_says_how_to(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nobody:
        def get_token(self, _: str) -> None:
            raise ClientAuthenticationError("nobody")

    monkeypatch.setattr(credentials, "DefaultAzureCredential", Nobody)

    with pytest.raises(ReadinessError, match="az login"):
        token_for(AFAR, None, (), "api://app")
