"""HTTP: tells how the product itself is doing."""

from datetime import UTC, datetime

import azure.functions as func

from shared import bootstrap

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.route(
    trigger_arg_name="request",
    route="health",
    methods=["GET"],
    auth_level=func.AuthLevel.FUNCTION,
)
async def health(request: func.HttpRequest) -> func.HttpResponse:
    """Answer 200 with the report, and 503 when it says `failing`."""
    from shared.use_cases.check_health import check_health
    from shared.use_cases.restore_standing import ask_fitness, read_accounts

    app = bootstrap.app()
    storage = app.storage
    report = await check_health(
        datetime.now(UTC),
        await read_accounts(storage.audit),
        await ask_fitness(app.restore.setting),
        snapshots=storage.snapshots,
        sweeps=storage.sweeps,
        feed=storage.feed,
        poison=storage.poison,
    )
    return func.HttpResponse(
        report.to_json(),
        status_code=503 if report.state == "failing" else 200,
        headers={"Cache-Control": "no-store"},
        mimetype="application/json",
    )
