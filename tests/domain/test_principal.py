"""Who is the same as whom."""

from shared.domain.principal import APPLY, APPROVE, PLAN
from tests.restore_builders import ANNA, BEN, ROBOT, principal


def test_a_person_is_the_same_by_whatever_application_they_come() -> None:
    assert ANNA.is_same_as(principal("anna", app="the-command-line"))


def test_two_people_who_come_by_one_application_are_two() -> None:
    assert not ANNA.is_same_as(BEN)
    assert ANNA.app == BEN.app


def test_one_application_is_the_same_in_spite_of_two_objects() -> None:
    twin = principal("twin", kind="application", app=ROBOT.app)

    assert ROBOT.is_same_as(twin)
    assert twin.is_same_as(ROBOT)


def test_two_applications_are_two() -> None:
    assert not ROBOT.is_same_as(principal("another", kind="application"))


def test_an_application_is_the_same_as_whoever_it_acts_for() -> None:
    by_robot = principal("anna", app=ROBOT.app)

    assert by_robot.is_same_as(ROBOT)
    assert ROBOT.is_same_as(by_robot)
    assert not ANNA.is_same_as(ROBOT)


def test_one_of_the_roles_is_enough_and_none_is_not() -> None:
    reader = principal("dora", PLAN)

    assert reader.has(APPROVE, PLAN)
    assert not reader.has(APPROVE, APPLY)
    assert not reader.has()


def test_a_name_decides_nothing_and_can_be_left_out() -> None:
    nameless = ANNA.without_name()

    assert nameless.name is None
    assert nameless.is_same_as(ANNA)
    assert nameless.roles == ANNA.roles
