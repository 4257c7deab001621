"""Paths to operations: literals before labels, ARNs and topics raw or encoded."""

import pytest

from iot.api import router
from iot.api.model import operations


@pytest.mark.parametrize(("service", "name"), operations(), ids=lambda part: str(part))
def test_every_operation_is_found_by_its_own_path(service: str, name: str) -> None:
    operation = operations()[service, name]
    path = "/".join(segment if isinstance(segment, str) else "x" for segment in operation.segments)
    found, labels, exists = router.route(service, operation.method, path)
    assert exists
    assert found is operation
    assert set(labels) == {segment[0] for segment in operation.segments if isinstance(segment, tuple)}


def route(method: str, path: str, service: str = "iot") -> tuple[str | None, dict[str, str]]:
    operation, labels, _ = router.route(service, method, path)
    return (operation.name if operation else None), labels


def test_a_thing_may_be_called_jobs() -> None:
    assert route("GET", "/things/jobs") == ("DescribeThing", {"thingName": "jobs"})
    assert route("GET", "/things/jobs/jobs") == ("ListJobExecutionsForThing", {"thingName": "jobs"})


ARN = "arn:aws:iot:us-east-1:123456789012:cert/0123"


@pytest.mark.parametrize("target", [ARN, ARN.replace("/", "%2F").replace(":", "%3A")])
def test_an_arn_may_come_raw_or_encoded(target: str) -> None:
    assert route("POST", f"/attached-policies/{target}") == ("ListAttachedPolicies", {"target": ARN})


@pytest.mark.parametrize(
    ("path", "topic"),
    [
        ("/topics/a/b/c", "a/b/c"),
        ("/topics/a%2Fb%2Fc", "a/b/c"),
        ("/topics//a//b/", "/a//b/"),
        ("/topics/a/", "a/"),
        ("/topics/a%252Fb", "a%2Fb"),
        ("/topics/100%25", "100%"),
        ("/topics/%2541", "%41"),
        ("/topics/a%20b+c", "a b+c"),
        ("/topics/%E2%82%AC", "€"),
    ],
)
def test_a_topic_is_decoded_once(path: str, topic: str) -> None:
    assert route("POST", path, "iot-data") == ("Publish", {"topic": topic})


def test_the_same_path_belongs_to_two_services() -> None:
    assert route("GET", "/things/t/jobs/j")[0] == "DescribeJobExecution"
    assert (
        router.route("iot-jobs-data", "GET", "/things/t/jobs/j")[0]
        is operations()["iot-jobs-data", "DescribeJobExecution"]
    )


def test_an_unknown_path_and_a_wrong_method_are_told_apart() -> None:
    assert router.route("iot", "GET", "/nothing/here")[::2] == (None, False)
    assert router.route("iot", "PUT", "/things/lamp")[::2] == (None, True)
    assert router.route("iot", "GET", "/")[::2] == (None, False)


def test_a_name_does_not_take_the_rest_of_a_path() -> None:
    assert router.route("iot", "POST", "/things/lamp/shadow")[::2] == (None, False)
    assert route("POST", "/things/lamp/shadow", "iot-data")[0] == "UpdateThingShadow"
    assert route("GET", "/things/") == ("ListThings", {})
