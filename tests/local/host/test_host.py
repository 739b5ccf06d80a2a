import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from local.host import main
from shared.errors import InputError
from tests.local.host.conftest import QUEUE_APP, AppFolder

ROOT = Path(__file__).parents[3]


async def test_the_environment_shows_the_settings_only_while_serving(
    queue_app: AppFolder,
) -> None:
    name = queue_app.settings["QUEUE"]
    assert "QUEUE" not in os.environ
    async with queue_app.host().serving(0):
        assert os.environ["QUEUE"] == name
    assert "QUEUE" not in os.environ


async def test_a_port_that_is_taken_is_told(queue_app: AppFolder) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="address"):
            async with queue_app.host().serving(taken.getsockname()[1]):
                pass


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("", "has 0 apps, and must have one"),
        ("import azure.functions as f\na = f.FunctionApp()\nb = f.FunctionApp()\n", "has 2 apps"),
        (
            "import azure.functions as func\napp = func.FunctionApp()\n"
            "@app.blob_trigger(arg_name='blob', path='x/{name}', connection='S')\n"
            "def read(blob: func.InputStream) -> None: ...\n",
            "function read is bound to blobTrigger",
        ),
    ],
)
def test_an_app_that_cannot_be_served_is_told(
    app_folder: AppFolder, source: str, complaint: str
) -> None:
    app_folder.write(source)
    with pytest.raises(InputError, match=complaint):
        app_folder.host()


def test_the_command_tells_what_is_wrong_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 1
    assert "host.json" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to send")
async def test_the_command_serves_until_it_is_told_to_stop(app_folder: AppFolder) -> None:
    app_folder.write(QUEUE_APP)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import sys; from local.host import main; sys.exit(main(sys.argv[1:]))",
        *(str(app_folder.folder), "--port", "0"),
        env=os.environ | app_folder.settings,
        cwd=ROOT,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    said = ""
    async with asyncio.timeout(15):
        while "listening on http://127.0.0.1:" not in said:
            said += (await process.stderr.readline()).decode()
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert "work: queueTrigger" in said
