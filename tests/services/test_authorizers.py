"""What authorizers may answer."""

from typing import Any

import pytest

from iot.core import errors
from iot.services import authorizers

ANSWER = {
    "isAuthenticated": True,
    "principalId": "device1",
    "policyDocuments": ['{"Statement": []}', {"Statement": []}],
    "disconnectAfterInSeconds": 3600,
    "refreshAfterInSeconds": 300,
}


@pytest.mark.parametrize(
    "change",
    [
        {"isAuthenticated": "yes"},
        {"principalId": "not allowed!"},
        {"principalId": None},
        {"policyDocuments": []},
        {"policyDocuments": ["{}"] * 11},
        {"policyDocuments": ["{"]},
        {"policyDocuments": ["{" + " " * 2048 + "}"]},
        {"disconnectAfterInSeconds": 299},
        {"refreshAfterInSeconds": 86_401},
        {"refreshAfterInSeconds": True},
    ],
)
def test_an_answer_outside_the_limits_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidResponseException):
        authorizers.read_verdict({**ANSWER, **change})
