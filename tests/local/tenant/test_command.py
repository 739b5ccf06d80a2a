import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from local.tenant import command
from local.tenant.command import main, parser
from local.tenant.server import TenantServer

ROOT = Path(__file__).parents[3]


def test_it_serves_at_the_address_it_prints() -> None:
    program = "import sys; from local.tenant.command import main; sys.exit(main(sys.argv[1:]))"
    arguments = ["--devices", "5", "--fault", "throttle=1", "--fault", "retry_after=2"]
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            assert running.stdout
            url = running.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
            with urlopen(f"{url}/_tenant/stats") as answered:  # noqa: S310 - our own server.
                assert answered.status == 200
        finally:
            running.terminate()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--fault", "throtle=1"],
        ["--fault", "throttle"],
        ["--fault", "throttle=x"],
        ["--scenario", "x"],
        ["--live", "0"],
        ["--live", "fast"],
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)


def test_a_live_tenant_prints_its_address_and_nothing_else() -> None:
    program = "import sys; from local.tenant.command import main; sys.exit(main(sys.argv[1:]))"
    with subprocess.Popen(
        [sys.executable, "-c", program, "--devices", "50", "--live", "60000"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            assert running.stdout
            url = running.stdout.readline().strip()
            filter_ = "$filter=lastSyncDateTime%20gt%202026-11-22T00:00:00Z"
            asked = Request(  # noqa: S310 - our own server.
                f"{url}/v1.0/deviceManagement/managedDevices?{filter_}",
                headers={"Authorization": "Bearer any"},
            )
            found: list[object] = []
            while not found:
                with urlopen(asked) as answered:  # noqa: S310 - our own server.
                    found = json.load(answered)["value"]
        finally:
            running.terminate()
        assert running.stdout.read() == ""


def test_the_defaults_are_the_sample_tenant() -> None:
    wanted = parser().parse_args([])
    assert (wanted.devices, wanted.seed, wanted.scenario) == (2_000, 2026, "typical")


def test_the_write_identity_is_without_its_role_where_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    served: list[TenantServer] = []

    async def serve(server: TenantServer) -> None:
        served.append(server)

    monkeypatch.setattr(command, "_serve", serve)
    main(["--approval"])
    main(["--without-role", "--permission", "Device.Read.All"])
    usual, without = (server.graph for server in served)
    assert (usual.approvals, without.approvals) == ({}, None)
    assert usual.writer.roles
    assert not without.writer.roles
    assert not usual.caller.may(("DeviceManagementServiceConfig.ReadWrite.All",))
    assert without.caller.permissions == frozenset({"Device.Read.All"})
