import json

import pytest

from shared import errors
from shared.api.problems import problem
from shared.domain.gates import GateAnswer

CASES = [
    (errors.InputError("m"), 400, "bad-request"),
    (errors.TokenError("m"), 401, "unauthenticated"),
    (errors.ForbiddenError("m", role="R"), 403, "forbidden"),
    (errors.ForbiddenError("m"), 403, "own-plan"),
    (errors.NotFoundError("m"), 404, "not-found"),
    (errors.KeyReusedError("m"), 409, "key-reused"),
    (errors.ChangeError("m"), 409, "conflict"),
    (errors.GatesError("m"), 409, "gates-failed"),
    (errors.StaleError("m"), 412, "stale"),
    (errors.BodyTooLargeError("m"), 413, "too-large"),
    (errors.MediaTypeError("m"), 415, "unsupported-media-type"),
    (errors.GraphError("m"), 502, "graph-failed"),
    (errors.GraphAnswerError("m"), 502, "graph-failed"),
    (errors.GraphForbiddenError("m", permission="P"), 502, "graph-failed"),
    (errors.GraphThrottledError("m", retry_after=1), 503, "unavailable"),
    (errors.GraphUnavailableError("m"), 503, "unavailable"),
    (errors.StorageError("m"), 503, "unavailable"),
    (errors.ConflictError("m"), 503, "unavailable"),
    (errors.AuditError("m"), 503, "unavailable"),
    (errors.KeysUnavailableError("m"), 503, "unavailable"),
    (errors.SettingsError("m"), 503, "not-configured"),
]


@pytest.mark.parametrize(("error", "status", "name"), CASES, ids=str)
def test_an_error_is_told_as_its_kind_of_problem(error: Exception, status: int, name: str) -> None:
    given = problem(error, "/api/x")
    told = json.loads(given.body)
    assert given.status == told["status"] == status
    assert told["type"] == f"urn:windows-backup-readiness:problem:{name}"
    assert (told["detail"], told["instance"]) == ("m", "/api/x")
    assert told["title"]
    assert given.media_type == "application/problem+json"


@pytest.mark.parametrize("error", [RuntimeError("secret"), errors.SweepError("secret")])
def test_what_nobody_expected_is_told_without_detail(error: Exception) -> None:
    given = problem(error, "/api/x")
    assert given.status == 500
    assert b"secret" not in given.body
    assert "detail" not in json.loads(given.body)


def test_seconds_to_wait_are_rounded_up() -> None:
    given = problem(errors.GraphThrottledError("m", retry_after=12.2), "/")
    assert given.headers == {"Retry-After": "13"}


def test_a_missing_role_is_named() -> None:
    assert json.loads(problem(errors.ForbiddenError("m", role="R"), "/").body)["role"] == "R"


def test_where_the_change_stands_is_told() -> None:
    told = json.loads(problem(errors.ChangeError("m", change="c1", state="expired"), "/").body)
    assert (told["change"], told["state"]) == ("c1", "expired")
    assert "gates" not in told


def test_the_gates_that_stop_are_told_observed_and_required() -> None:
    stopping = GateAnswer("cool_down", "fails", "too soon", "3 hours", "24 hours", "wait")
    error = errors.GatesError("m", change="c1", state="approved")
    told = json.loads(problem(error, "/", [stopping]).body)
    assert told["change"] == "c1"
    assert told["gates"] == [
        {
            "gate": "cool_down",
            "state": "fails",
            "says": "too soon",
            "observed": "3 hours",
            "required": "24 hours",
            "do": "wait",
            "passed": False,
        }
    ]
