"""Registers the blueprints, in the order a device meets them."""

import azure.functions as func

from handlers import (
    assess_devices,
    compose_digests,
    finish_sweep,
    health,
    nightly_sweep,
    openapi,
    poll_device_changes,
    restore_setting,
    send_notification,
    settle_change,
    sweep_page,
    watch_health,
)

app = func.FunctionApp()

for handler in (
    nightly_sweep,
    sweep_page,
    finish_sweep,
    poll_device_changes,
    assess_devices,
    compose_digests,
    send_notification,
    restore_setting,
    settle_change,
    openapi,
    watch_health,
    health,
):
    app.register_functions(handler.blueprint)
