"""The OpenAPI document, as it is served."""

from pathlib import Path

from shared.api.exchange import Response, finished

PLACE = Path(__file__).parents[2] / "docs" / "openapi.yaml"


def document() -> Response:
    """Answer with the OpenAPI document."""
    return finished(Response(200, PLACE.read_bytes(), media_type="application/yaml"))
