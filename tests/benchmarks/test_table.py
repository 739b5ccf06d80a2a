"""The table of goals, and its place in the README."""

from benchmarks.table import BEGIN, END, Measured, between_markers, markdown

README = f"# Title\n\nBefore.\n\n{BEGIN}\nan old table\n{END}\n\nAfter.\n"


def test_a_value_at_its_limit_keeps_the_goal_and_one_above_misses_it() -> None:
    assert Measured.at_most("size", 8, 8.0, " MB", "").kept
    assert Measured.at_most("size", 8, 8.01, " MB", "").kept is False


def test_a_ratio_of_speeds_has_to_reach_its_goal() -> None:
    assert Measured.times_as_fast("speed", 2.5, 2.5, "").kept
    assert Measured.times_as_fast("speed", 2.5, 2.49, "").kept is False


def test_what_could_not_be_measured_says_why_and_misses_nothing() -> None:
    skipped = Measured.skipped("size", "at most 8", "there is no Node")
    assert (skipped.kept, skipped.verdict, skipped.how) == (None, "skipped", "there is no Node")


def test_the_table_replaces_what_stands_between_the_markers_and_nothing_else() -> None:
    written = between_markers(README, r"a new \1 table")
    assert written == README.replace("an old table", r"a new \1 table")


def test_writing_the_same_table_twice_changes_nothing() -> None:
    written = between_markers(README, "table")
    assert between_markers(written, "table") == written


def test_a_readme_without_markers_gets_a_section_at_its_end() -> None:
    written = between_markers("# Title\n\nText.\n", "table")
    assert written == f"# Title\n\nText.\n\n## Benchmarks\n\n{BEGIN}\ntable\n{END}\n"


def test_a_missed_goal_is_as_plain_in_the_readme_as_a_kept_one() -> None:
    rows = [
        Measured.at_most("speed", 1, 0.5, " x", "side by side"),
        Measured.at_most("size", 8, 9, " MB", "in a process of its own"),
    ]
    lines = markdown(rows, "On this machine.").splitlines()
    assert lines[2] == "| speed | at most 1 x | 0.50 x | kept | side by side |"
    assert lines[3] == "| size | at most 8 MB | 9.00 MB | MISSED | in a process of its own |"
    assert lines[-1] == "On this machine."
