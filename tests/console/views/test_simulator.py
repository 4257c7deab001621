"""The simulator answers as the gateway would, and says why."""

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from pytest_django.fixtures import Settings

from iot.services import policies, things
from tests.console.browse import HTMX, browser, make_certificate, make_policy, make_thing, text

pytestmark = pytest.mark.django_db
ARN = "arn:aws:iot:us-east-1:123456789012"


@pytest.fixture
def device(tmp_path: Path, settings: Settings) -> Any:
    settings.DATA_DIR = tmp_path
    make_thing("t1")
    row = make_certificate(tmp_path)
    things.attach_thing_principal(settings.SCOPE, thing_name="t1", principal=row.arn)
    make_policy("own", resource=f"{ARN}:topic/${{iot:Connection.Thing.ThingName}}/*")
    policies.attach_policy(settings.SCOPE, policy_name="own", target=row.arn)
    return row


def ask(**query: str) -> str:
    return text(browser("viewer").get(reverse("simulator"), {"action": "iot:Publish", **query}, headers=HTMX))


def test_a_variable_is_filled_and_the_deciding_statement_marked(device: Any) -> None:
    page = ask(thing="t1", name="t1/x")
    assert "Allowed" in page
    assert "decides" in page
    assert "<code>t1</code>" in page


def test_without_a_statement_it_is_not_allowed(device: Any) -> None:
    assert "no statement says so" in ask(thing="t1", name="other/x")
    assert "no value: its statement cannot match" in ask(certificate=device.certificate_id, client="x", name="t1/x")


def test_a_policy_is_tried_as_if_it_were_attached(device: Any) -> None:
    make_policy("no", effect="Deny", resource="*")
    assert "Denied by a statement" in ask(thing="t1", name="t1/x", policy="no")


def test_a_question_that_cannot_be_asked_says_why(device: Any) -> None:
    client = browser()
    for query in ({"name": "x", "action": "iot:Fly"}, {"name": "", "action": "iot:Publish"}):
        assert client.get(reverse("simulator"), query).status_code == 422
    assert client.get(reverse("simulator"), {"name": "x", "action": "iot:Publish", "policy": "none"}).status_code == 422
    assert '<option value="t1">' in text(client.get(reverse("simulator")))
    page = text(client.get(reverse("simulator"), {"thing": "t1", "name": "t1/x", "action": "iot:Publish"}))
    assert "aws iot test-authorization" in page
