"""The preflight says whether the app may write the setting, and its end says so to scripts."""

import pytest

from local.restore import preflight
from tests.local.restore.stand_in import StandIn


@pytest.mark.parametrize(("fit", "status"), [("yes", 0), ("no", 1), ("unknown", 3)])
def test_the_exit_status_is_the_answer(
    fit: str, status: int, app: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    app.answers({"fit": fit, "configured": True})

    assert preflight.main([]) == status
    assert app.asked[0].path == "/api/restore-setting/preflight"
    said = capsys.readouterr().out
    assert f"May the app change the restore setting? {fit}\n" in said
    assert "Write identity        not known" in said


def test_what_is_missing_is_said_with_the_way_to_get_it(
    app: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    app.answers(
        {
            "fit": "no",
            "configured": True,
            "permission": "yes",
            "role": "no",
            "identity": "oid-1",
            "why": ["Its roles were read at noon."],
            "remedies": [{"title": "Assign it", "do": "Assign the role.", "command": "az rest"}],
        }
    )
    preflight.main([])

    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "May the app change the restore setting? no",
        "Write identity        oid-1",
        "Graph permission      yes",
        "Intune Administrator  no",
        "Its roles were read at noon.",
        "Assign it: Assign the role.",
        "  az rest",
    ]


def test_without_a_write_identity_it_says_so(
    app: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    app.answers({"fit": "no", "configured": False, "permission": "no", "role": "no"})

    assert preflight.main([]) == 1
    assert "none is configured" in capsys.readouterr().out
