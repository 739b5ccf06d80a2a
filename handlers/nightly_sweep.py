"""Timer: starts the nightly sweep."""

from datetime import UTC, datetime

import azure.functions as func

from shared import bootstrap

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.timer_trigger(arg_name="timer", schedule="%SWEEP_SCHEDULE%")
async def nightly_sweep(timer: func.TimerRequest) -> None:
    """Start a sweep of the whole tenant, unless one is running."""
    from shared.use_cases.start_sweep import start_sweep

    app = bootstrap.app()
    now = datetime.now(UTC).replace(microsecond=0)
    await start_sweep(
        now,
        app.terms,
        changes=app.changes,
        tenant=app.tenant,
        sweeps=app.storage.sweeps,
        queue=app.storage.queue,
    )
