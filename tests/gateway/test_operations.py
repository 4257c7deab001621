"""The operations of HTTPS: how they are found, and what they read from a request. Their work is tested over HTTP."""

import pytest

from iot.core import errors
from iot.gateway import job_operations, operations
from iot.gateway.operations import read_query, route


@pytest.mark.parametrize(
    ("method", "path", "operation", "subject"),
    [
        ("POST", "/topics/a/b", operations.publish, "a/b"),
        ("POST", "/topics/a%2Fb", operations.publish, "a/b"),
        ("POST", "/topics/%2541", operations.publish, "%41"),
        ("GET", "/things/t%20u/shadow", operations.get_thing_shadow, "t u"),
        ("POST", "/things/t/shadow", operations.update_thing_shadow, "t"),
        ("DELETE", "/things/t/shadow", operations.delete_thing_shadow, "t"),
        ("GET", "/retainedMessage/a/b", operations.get_retained_message, "a/b"),
        ("GET", "/api/things/shadow/ListNamedShadowsForThing/t", operations.list_named_shadows_for_thing, "t"),
    ],
)
def test_a_path_is_decoded_once(method: str, path: str, operation: object, subject: str) -> None:
    assert route(method, path) == (operation, (subject,))


@pytest.mark.parametrize(
    ("method", "path", "operation", "subjects"),
    [
        ("GET", "/things/t/jobs", job_operations.get_pending_job_executions, ("t",)),
        ("PUT", "/things/t/jobs/$next", job_operations.start_next_pending_job_execution, ("t",)),
        ("PUT", "/things/t/jobs/%24next", job_operations.start_next_pending_job_execution, ("t",)),
        ("GET", "/things/t/jobs/%24next", job_operations.describe_job_execution, ("t", "$next")),
        ("GET", "/things/t/jobs/j1", job_operations.describe_job_execution, ("t", "j1")),
        ("POST", "/things/t/jobs/j1", job_operations.update_job_execution, ("t", "j1")),
    ],
)
def test_jobs_are_found_too(method: str, path: str, operation: object, subjects: tuple[str, ...]) -> None:
    assert route(method, path) == (operation, subjects)


@pytest.mark.parametrize(
    ("method", "path", "error"),
    [
        ("GET", "/topics/a", errors.MethodNotAllowedException),
        ("POST", "/topics/", errors.ResourceNotFoundException),
        ("GET", "/things/a/b/shadow", errors.ResourceNotFoundException),
        ("POST", "/topics/%ff", errors.InvalidRequestException),
    ],
)
def test_what_is_not_there_is_told(method: str, path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        route(method, path)


def test_of_a_name_that_comes_twice_the_last_counts() -> None:
    assert read_query("qos=0&qos=1&name=") == {"qos": "1", "name": ""}
