import pytest

from local.host.routes import Route
from shared.errors import InputError


@pytest.mark.parametrize(
    ("template", "path", "found"),
    [
        ("devices", "/devices", {}),
        ("devices", "/Devices/", {}),
        ("devices", "/devices/1", None),
        ("d/{id}", "/d/%C3%A4", {"id": "ä"}),
        ("d/{id}", "/d/a%2fb", {"id": "a%2Fb"}),
        ("d/{id}", "/d/", None),
        ("d/{id:int}", "/d/-7", {"id": "-7"}),
        ("d/{id:int}", "/d/x7", None),
        ("d/{id:guid}", "/d/2F1C5F0E-5C5A-4E0B-9C5B-0D8C1F7E6A01", {"id": ...}),
        ("d/{id:guid}", "/d/2F1C5F0E", None),
        ("d/{on:bool?}", "/d", {}),
        ("d/{on:bool?}", "/d/TRUE", {"on": "TRUE"}),
        ("d/{*rest}", "/d", {}),
        ("d/{*rest}", "/d/a/b", {"rest": "a/b"}),
        ("f/{name}.{kind:alpha}", "/f/x.csv", {"name": "x", "kind": "csv"}),
        ("a.b", "/axb", None),
    ],
)
def test_a_template_matches_as_in_asp_net(
    template: str, path: str, found: dict[str, object] | None
) -> None:
    matched = Route(template).match(path)
    if found is not None and ... in found.values():
        assert matched is not None
        assert matched.keys() == found.keys()
    else:
        assert matched == found


def test_the_more_specific_route_ranks_first() -> None:
    templates = ["{*all}", "d/{id}", "d/{id:int}", "d/export", "d/{id}/x"]
    ranked = sorted(templates, key=lambda template: Route(template).rank)
    assert ranked == ["d/export", "d/{id:int}", "d/{id}", "d/{id}/x", "{*all}"]


@pytest.mark.parametrize("template", ["{id:regex(^a$)}", "{id:colour}", "{id", "a}"])
def test_a_template_the_host_cannot_serve_is_refused(template: str) -> None:
    with pytest.raises(InputError, match="the route"):
        Route(template)
