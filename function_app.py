"""Registers the blueprints, in the order a device meets them."""

import azure.functions as func

from handlers import finish_sweep, nightly_sweep, sweep_page

app = func.FunctionApp()

for handler in (nightly_sweep, sweep_page, finish_sweep):
    app.register_functions(handler.blueprint)
