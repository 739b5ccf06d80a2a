from shared.api.document import document
from tests.api.client import DOCUMENT


def test_the_document_is_served_as_it_is() -> None:
    given = document()
    assert (given.status, given.media_type) == (200, "application/yaml")
    assert given.body == DOCUMENT.read_bytes()
    assert given.headers["X-Content-Type-Options"] == "nosniff"
