"""HTTP: serves the document that describes the HTTP interface, to anybody."""

import azure.functions as func

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.route(
    trigger_arg_name="request",
    route="openapi.yaml",
    methods=["GET"],
    auth_level=func.AuthLevel.ANONYMOUS,
)
async def openapi(request: func.HttpRequest) -> func.HttpResponse:
    """Answer with the OpenAPI document."""
    from handlers.exchange import given
    from shared.api.document import document

    return given(document())
