"""Timer: looks what changed since the last poll."""

from datetime import UTC, datetime

import azure.functions as func

from shared import bootstrap

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.timer_trigger(arg_name="timer", schedule="%POLL_SCHEDULE%")
async def poll_device_changes(timer: func.TimerRequest) -> None:
    """Hand on the devices that changed, and watch the tenant."""
    from shared.use_cases import poll_device_changes as use_case

    app = bootstrap.app()
    now = datetime.now(UTC).replace(microsecond=0)
    await use_case.poll_device_changes(
        now,
        app.terms,
        app.reread_after,
        audit=app.storage.audit,
        changes=app.changes,
        feed=app.storage.feed,
        snapshots=app.storage.snapshots,
        sweeps=app.storage.sweeps,
        tenant=app.tenant,
        queue=app.storage.queue,
    )
