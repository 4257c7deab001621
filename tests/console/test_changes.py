"""Changes are in the audit, done or refused."""

import pytest
from django.contrib.auth.models import User
from django.test import RequestFactory

from console.changes import changing
from console.roles import ConsoleRequest
from iot.core import errors
from tests.console.browse import last_change

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of_ann() -> ConsoleRequest:
    request = RequestFactory().post("/", REMOTE_ADDR="10.0.0.7")
    request.user = User(username="ann")
    return request  # type: ignore[return-value]  # it has what `changing` reads


def test_a_change_is_recorded_with_before_and_after(request_of_ann: ConsoleRequest) -> None:
    with changing(request_of_ann, "UpdateThing", "t1", before={"a": 1}) as change:
        change.after = {"a": 2}
    row = last_change()
    assert (row.actor, row.address, row.channel, row.operation) == ("ann", "10.0.0.7", "console", "UpdateThing")
    assert (row.resource, row.outcome, row.before, row.after) == ("t1", "ok", {"a": 1}, {"a": 2})


def test_a_refused_change_is_recorded_under_its_error(request_of_ann: ConsoleRequest) -> None:
    with pytest.raises(errors.InvalidRequestException), changing(request_of_ann, "DeleteThing", "t1"):
        raise errors.InvalidRequestException("no")
    assert last_change().outcome == "InvalidRequestException"
