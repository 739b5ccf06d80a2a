"""Registers the blueprints, in the order a device meets them."""

import azure.functions as func

from handlers import (
    assess_devices,
    finish_sweep,
    health,
    nightly_sweep,
    poll_device_changes,
    sweep_page,
)

app = func.FunctionApp()

for handler in (
    nightly_sweep,
    sweep_page,
    finish_sweep,
    poll_device_changes,
    assess_devices,
    health,
):
    app.register_functions(handler.blueprint)
