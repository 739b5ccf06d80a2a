import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import azure.functions as func
import pytest
from aiohttp import ClientSession
from yarl import URL

from tests.local.host.conftest import AppFolder

HTTP_APP = """
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)

@app.route(route="devices/{id}/{part:alpha?}")
async def device(req: func.HttpRequest) -> func.HttpResponse:
    return await behave(req)

@app.route(route="devices/export", methods=["GET"])
def export(req: func.HttpRequest) -> str:
    return "everything"

@app.route(route="files/{*path}", auth_level=func.AuthLevel.ANONYMOUS)
def files(req: func.HttpRequest) -> str:
    return "file " + req.route_params.get("path", "")

@app.route(methods=["POST"])
def unnamed(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.get_body(), mimetype="application/octet-stream")
"""


@contextlib.asynccontextmanager
async def served(
    app: AppFolder, behave: Any = None, **options: Any
) -> AsyncIterator[ClientSession]:
    app.write(HTTP_APP)
    async with (
        app.host(behave, **options).serving(0) as host,
        ClientSession(f"http://127.0.0.1:{host.port}") as client,
    ):
        yield client


async def test_a_request_arrives_as_azure_passes_it_on(app_folder: AppFolder) -> None:
    seen: list[func.HttpRequest] = []

    async def behave(request: func.HttpRequest) -> func.HttpResponse:
        seen.append(request)
        return func.HttpResponse(b"made", status_code=201, headers={"X-Answer": "yes"})

    async with served(app_folder, behave) as client:
        answer = await client.put(
            "/API/devices/a%2Fb%20c/disk?name=x&empty=&name=y",
            headers={"X-Custom": "Värde"},
            data=b"\x00body",
        )
        assert (answer.status, await answer.read()) == (201, b"made")
        assert answer.headers["X-Answer"] == "yes"
    (request,) = seen
    assert request.method == "PUT"
    assert dict(request.params) == {"name": "x,y"}
    assert dict(request.route_params) == {"id": "a%2Fb c", "part": "disk"}
    assert request.headers["x-custom"] == "Värde"
    assert request.get_body() == b"\x00body"


async def test_a_path_of_two_lines_arrives_like_any_other(app_folder: AppFolder) -> None:
    async def behave(request: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(repr(dict(request.route_params)))

    async with served(app_folder, behave) as client:
        answer = await client.get(URL("/api/devices/a%0Ab", encoded=True))
        assert (answer.status, await answer.text()) == (200, repr({"id": "a\nb"}))


async def test_a_repeated_header_is_joined_whatever_its_case(app_folder: AppFolder) -> None:
    async def behave(request: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(request.headers["x-many"])

    app_folder.write(HTTP_APP)
    async with app_folder.host(behave).serving(0) as host:
        reader, writer = await asyncio.open_connection("127.0.0.1", host.port)
        writer.write(
            b"GET /api/devices/1 HTTP/1.1\r\nHost: here\r\nConnection: close\r\n"
            b"X-Many: one\r\nx-many: two\r\n\r\n"
        )
        answer = await reader.read()
        writer.close()
    assert answer.endswith(b"one,two")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/devices/export", 200),
        ("GET", "/api/devices/export/", 200),
        ("DELETE", "/api/unnamed", 404),
        ("POST", "/api/unnamed", 200),
        ("GET", "/api/devices/1/2", 404),
        ("GET", "/devices/export", 404),
        ("GET", "/api", 404),
    ],
)
async def test_a_wrong_path_or_method_is_not_found(
    app_folder: AppFolder, method: str, path: str, status: int
) -> None:
    async with served(app_folder) as client:
        answer = await client.request(method, path)
        assert answer.status == status


async def test_a_literal_goes_before_a_parameter_and_text_becomes_a_response(
    app_folder: AppFolder,
) -> None:
    async with served(app_folder) as client:
        answer = await client.get("/api/devices/export")
        assert await answer.text() == "everything"
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert await (await client.get("/api/files/a/b.txt")).text() == "file a/b.txt"
        assert await (await client.get("/api/files")).text() == "file "


async def test_nothing_returned_is_no_content(app_folder: AppFolder) -> None:
    async def behave(request: func.HttpRequest) -> None:
        return None

    async with served(app_folder, behave) as client:
        assert (await client.get("/api/devices/1")).status == 204


async def test_cookies_are_set_one_by_one(app_folder: AppFolder) -> None:
    async def behave(request: func.HttpRequest) -> func.HttpResponse:
        response = func.HttpResponse("ok")
        response.headers.add("Set-Cookie", "a=1; Path=/")
        response.headers.add("Set-Cookie", "b=2; HttpOnly")
        return response

    async with served(app_folder, behave) as client:
        answer = await client.get("/api/devices/1")
        assert answer.headers.getall("Set-Cookie") == ["a=1; Path=/", "b=2; HttpOnly"]


async def test_an_error_is_500_and_logged_with_the_function_name(
    app_folder: AppFolder, caplog: pytest.LogCaptureFixture
) -> None:
    async def behave(request: func.HttpRequest) -> None:
        raise ValueError("no such thing")

    async with served(app_folder, behave) as client:
        answer = await client.get("/api/devices/1")
        assert (answer.status, await answer.read()) == (500, b"")
    assert "device failed on GET /api/devices/1" in caplog.text
    assert "no such thing" in caplog.text


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/devices/export", {}, 401),
        ("/api/devices/export", {"x-functions-key": "wrong"}, 401),
        ("/api/devices/export", {"x-functions-key": "sesame"}, 200),
        ("/api/devices/export?code=sesame", {}, 200),
        ("/api/files/x", {}, 200),
        ("/admin/functions", {}, 401),
        ("/admin/functions", {"x-functions-key": "sesame"}, 200),
    ],
)
async def test_with_a_key_levels_other_than_anonymous_ask_for_it(
    app_folder: AppFolder, path: str, headers: dict[str, str], status: int
) -> None:
    async with served(app_folder, key="sesame") as client:
        assert (await client.get(path, headers=headers)).status == status
