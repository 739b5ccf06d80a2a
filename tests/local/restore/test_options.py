"""What does not fit together on a command line is refused before anything is sent."""

import pytest

from local.restore import command
from tests.local.restore.stand_in import StandIn


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["apply", "../secrets", "--yes"], "is no change's ID"),
        (["plan", "on", "--reason", "x"], "invalid choice: 'on'"),
        (["plan", "enabled"], "--reason"),
        (["plan", "enabled", "--reason", " "], "is no text"),
        (["plan", "enabled", "--reason", "x", "--key", "a b"], "is no key"),
        (["apply", "c1", "--pass", "cloud"], "--pass GATE and --why TEXT go together"),
        (["apply", "c1", "--why", "x"], "--pass GATE and --why TEXT go together"),
        (["apply", "c1", "--pass", "one_setting", "--why", "x"], "invalid choice"),
        (["plan", "enabled", "--reason", "x", "--wait"], "give --apply too"),
        ([], "COMMAND"),
    ],
)
def test_what_cannot_be_asked_ends_with_2_before_anything_is_sent(
    argv: list[str], said: str, app: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(argv)

    assert ended.value.code == 2
    assert said in capsys.readouterr().err
    assert app.asked == []
