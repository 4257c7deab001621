"""Functions called over AWS Lambda's API."""

from collections.abc import Iterator
from typing import Any

import pytest

from iot.core import errors
from iot.services import functions
from tests.api import lambda_server

ARN = "arn:aws:lambda:us-east-1:123456789012:function:"


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    answers = {"good": {"a": 1}, "failing": {"errorMessage": "no"}, "odd": b"no json"}
    with lambda_server.functions(answers) as (url, came):
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", url)
        yield came


def test_a_function_hears_the_event_and_its_answer_comes_back(events: list[dict[str, Any]]) -> None:
    assert functions.invoke(ARN + "good", {"b": 2}) == {"a": 1}
    assert events == [{"b": 2}]


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize(("name", "text"), [("failing", "failed"), ("odd", "did not answer JSON")])
def test_a_function_that_fails_is_told(name: str, text: str) -> None:
    with pytest.raises(errors.InvalidResponseException, match=text):
        functions.invoke(ARN + name, {})


def test_only_functions_are_called() -> None:
    for arn in ("nonsense", "arn:aws:s3:::bucket"):
        with pytest.raises(errors.InvalidRequestException):
            functions.invoke(arn, {})
