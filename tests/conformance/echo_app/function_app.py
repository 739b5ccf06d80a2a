"""An app whose functions say what they were given, to compare the local host with the worker."""

import json
import typing

import azure.functions as func
from azure.functions.timer import TimerRequest

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


def _moment(moment: typing.Any) -> str | None:
    return moment.isoformat() if moment else None


def _described(message: func.QueueMessage) -> dict[str, typing.Any]:
    return {
        "id": message.id,
        "body": message.get_body().decode(),
        "dequeue_count": message.dequeue_count,
        "expiration_time": _moment(message.expiration_time),
        "insertion_time": _moment(message.insertion_time),
        "time_next_visible": _moment(message.time_next_visible),
        "pop_receipt": message.pop_receipt,
    }


@app.timer_trigger(arg_name="timer", schedule="%ECHO_SCHEDULE%", use_monitor=True)
@app.queue_output(arg_name="seen", queue_name="echo-seen", connection="AzureWebJobsStorage")
def echo_timer(timer: TimerRequest, seen: func.Out[str]) -> None:
    said = {
        "past_due": timer.past_due,
        "schedule": timer.schedule,
        "schedule_status": timer.schedule_status,
    }
    seen.set(json.dumps(said))


@app.queue_trigger(arg_name="message", queue_name="echo-in", connection="AzureWebJobsStorage")
@app.queue_output(arg_name="seen", queue_name="echo-seen", connection="AzureWebJobsStorage")
async def echo_queue(message: func.QueueMessage, seen: func.Out[str]) -> None:
    if message.get_body() == b"fail":
        raise ValueError("asked to fail")
    seen.set(json.dumps(_described(message)))


@app.queue_trigger(arg_name="message", queue_name="echo-many", connection="AzureWebJobsStorage")
@app.queue_output(arg_name="seen", queue_name="echo-seen", connection="AzureWebJobsStorage")
def echo_many(message: func.QueueMessage, seen: func.Out[typing.List[str]]) -> None:  # noqa: UP006
    seen.set(message.get_body().decode().split())


@app.queue_trigger(arg_name="text", queue_name="echo-text", connection="AzureWebJobsStorage")
@app.queue_output(arg_name="$return", queue_name="echo-seen", connection="AzureWebJobsStorage")
def echo_text(text: str, context: func.Context) -> str:
    return f"{context.function_name} {type(text).__name__} {text}"


@app.route(route="echo/{number:int}/{word?}", methods=["GET", "PUT"])
async def echo_http(req: func.HttpRequest) -> func.HttpResponse:
    said = {
        "method": req.method,
        "url": req.url,
        "params": dict(req.params),
        "route_params": dict(req.route_params),
        "headers": {name: value for name, value in req.headers.items() if name.startswith("x-")},
        "body": req.get_body().decode(),
    }
    return func.HttpResponse(json.dumps(said), mimetype="application/json", status_code=201)


@app.route(route="files/{*path}", auth_level=func.AuthLevel.ANONYMOUS)
def echo_path(req: func.HttpRequest) -> str:
    return str(req.route_params.get("path", ""))
