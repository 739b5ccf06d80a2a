import pytest

from shared.api.exchange import Response, caller_address, finished


@pytest.mark.parametrize(
    ("forwarded_for", "address"),
    [
        (None, None),
        ("", None),
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:51234", "203.0.113.7"),
        ("10.0.0.1, 198.51.100.1,203.0.113.7:51234", "203.0.113.7"),
        ("[2001:db8::7]:51234", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("203.0.113.7, unknown", None),
        ("<script>", None),
        ("203.0.113.7,", None),
    ],
)
def test_the_address_is_the_last_of_those_it_came_by(
    forwarded_for: str | None, address: str | None
) -> None:
    assert caller_address(forwarded_for) == address


def test_a_response_is_nobodys_to_keep_and_is_what_it_calls_itself() -> None:
    given = finished(Response(200, headers={"ETag": '"1"'}))
    assert given.headers == {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "ETag": '"1"',
    }
