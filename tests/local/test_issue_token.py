"""`python -m local token` prints what a local host believes, and nothing else."""

from pathlib import Path
from typing import Any

import jwt
import pytest

from local.issue_token import main
from local.issuer import LOCAL_AUDIENCE, Issuer, local_issuer
from local.sweep import place
from local.sweep.place import place_of
from local.sweep.programs import SIMULATED_TENANT, app_settings
from local.tenant.server import TenantServer
from shared.adapters.identity.tokens import EntraTokens
from shared.domain.principal import APPLY, PLAN
from shared.errors import ReadinessError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine where nothing has run yet, and nothing is set."""
    monkeypatch.setattr(place, "HOME", tmp_path)
    monkeypatch.setattr(place, "LAST", tmp_path / "last.txt")
    for name in ("API_AUDIENCE", "TENANT_ID", "LOGIN_URL", "GRAPH_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def claimed(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command, and read what its token claims."""

    def run(*argv: str) -> dict[str, Any]:
        capsys.readouterr()
        assert main(argv) == 0
        printed, said = capsys.readouterr()
        assert printed.count("\n") == 1
        assert said == ""
        read: dict[str, Any] = jwt.decode(printed.strip(), options={"verify_signature": False})
        return read

    return run


def test_after_a_local_sweep_nothing_but_a_role_has_to_be_named(claimed: Any) -> None:
    port = place_of("typical-2026-2000").ports().tenant
    said = claimed("--role", PLAN, "--role", APPLY)

    assert said["iss"] == f"http://127.0.0.1:{port}/{SIMULATED_TENANT}/v2.0"
    assert (said["aud"], said["tid"]) == (LOCAL_AUDIENCE, SIMULATED_TENANT)
    assert said["roles"] == [PLAN, APPLY]
    assert said["preferred_username"] == "admin@contoso.example"
    assert said["exp"] - said["iat"] == 3_600


def test_the_settings_of_a_host_are_followed(claimed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_AUDIENCE", "api://ours, api://second")
    monkeypatch.setenv("TENANT_ID", "contoso.example")
    monkeypatch.setenv("GRAPH_URL", "http://127.0.0.1:7080/")
    said = claimed("--role", PLAN)
    assert (said["aud"], said["iss"]) == (
        "api://ours",
        "http://127.0.0.1:7080/contoso.example/v2.0",
    )

    monkeypatch.setenv("LOGIN_URL", "http://127.0.0.1:7081")
    assert claimed()["iss"] == "http://127.0.0.1:7081/contoso.example/v2.0"


def test_everything_can_be_named(claimed: Any) -> None:
    words = "--app pipeline --audience a --tenant t --login http://127.0.0.1:1 --minutes 5"
    said = claimed(*words.split())

    assert (said["idtyp"], said["aud"], said["tid"]) == ("app", "a", "t")
    assert said["iss"] == "http://127.0.0.1:1/t/v2.0"
    assert said["exp"] - said["iat"] == 300


def test_somebody_else_is_somebody_else(claimed: Any) -> None:
    login = ("--login", "http://127.0.0.1:1")

    assert claimed(*login, "--as", "zoe")["oid"] != claimed(*login)["oid"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--role", "RestoreSetting.Everything"], "choose from"),
        (["--as", "a", "--app", "b"], "not allowed with"),
        (["--minutes", "0"], "no number of minutes"),
        (["--minutes", "1441"], "no number of minutes"),
        (["--minutes", "an hour"], "no number of minutes"),
    ],
)
def test_what_makes_no_sense_is_refused(
    asked: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(asked)
    assert said in capsys.readouterr().err


def test_without_any_tenant_it_is_said_how_to_name_one() -> None:
    with pytest.raises(ReadinessError, match="--login"):
        main(["--role", PLAN])


async def test_a_local_host_believes_it(capsys: pytest.CaptureFixture[str]) -> None:
    async with TenantServer(devices=1) as server:
        host = app_settings("", server.url, SIMULATED_TENANT)
        authority = f"{host['GRAPH_URL']}/{host['TENANT_ID']}"
        tokens = EntraTokens(
            f"{authority}/v2.0",
            f"{authority}/discovery/v2.0/keys",
            [host["API_AUDIENCE"]],
            host["TENANT_ID"],
        )
        main(["--role", PLAN, "--login", server.url])

        caller = await tokens.read(f"Bearer {capsys.readouterr().out.strip()}")

    assert (caller.kind, caller.roles) == ("user", (PLAN,))


async def test_a_tenant_with_an_issuer_of_its_own_believes_that_one_alone() -> None:
    own = Issuer.new()
    async with TenantServer(devices=1, issuer=own) as server:
        authority = f"{server.url}/t"
        tokens = EntraTokens(
            f"{authority}/v2.0", f"{authority}/discovery/v2.0/keys", [LOCAL_AUDIENCE], "t"
        )

        assert await tokens.read(f"Bearer {own.issue(login=server.url, tenant='t')}")
        with pytest.raises(ReadinessError, match="does not have"):
            await tokens.read(f"Bearer {local_issuer().issue(login=server.url, tenant='t')}")
