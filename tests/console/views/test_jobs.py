"""Jobs in the console: made, followed, cancelled, deleted; who may."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from iot.core.arn import Scope
from iot.services import job_rollout, jobs, things
from tests.console.browse import browser

pytestmark = pytest.mark.django_db
FORM = {"job_id": "install", "things": "sensor\n", "document": '{"operation": "<b>"}', "selection": "SNAPSHOT"}


@pytest.fixture
def scope(settings: Settings) -> Scope:
    found: Scope = settings.SCOPE
    things.create_thing(found, thing_name="sensor")
    return found


def test_a_job_is_made_handed_out_and_followed(scope: Scope) -> None:
    client = browser()
    answer = client.post("/jobs/new/", {**FORM, "per_minute": "50", "minutes": "60"})
    assert answer.status_code == 302, answer.content.decode()
    row = jobs.find_job(scope, "install")
    assert row.settings == {
        "jobExecutionsRolloutConfig": {"maximumPerMinute": 50},
        "timeoutConfig": {"inProgressTimeoutInMinutes": 60},
    }
    assert "begins within a second" in client.get("/jobs/install/").content.decode()
    job_rollout.advance()
    html = client.get("/jobs/install/", headers={"HX-Request": "true"}).content.decode()
    assert "sensor" in html
    assert "QUEUED" in html
    assert "<html" not in html
    assert "&lt;b&gt;" in client.get("/jobs/install/").content.decode()


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"job_id": "a b"}, "must have the form"),
        ({"things": ""}, "at least one thing or group"),
        ({"things": "nobody"}, "cannot be found"),
        ({"document": "{"}, "Line 1"),
    ],
)
def test_a_fault_is_said_and_nothing_is_made(scope: Scope, fields: dict[str, str], text: str) -> None:
    answer = browser().post("/jobs/new/", {**FORM, **fields})
    assert answer.status_code == 422
    assert text in answer.content.decode()
    assert jobs.jobs(scope).count() == 0


def test_a_job_is_cancelled_and_deleted_after_typing(scope: Scope) -> None:
    client = browser()
    client.post("/jobs/new/", FORM)
    assert "install" in client.get("/jobs/?status=IN_PROGRESS").content.decode()
    client.post("/jobs/install/", {"do": "cancel", "force": "on", "comment": "no"})
    assert jobs.find_job(scope, "install").status == "CANCELED"
    client.post("/jobs/install/", {"do": "delete", "confirm": "other"})
    assert jobs.jobs(scope).count() == 1
    client.post("/jobs/install/", {"do": "delete", "confirm": "install"})
    assert jobs.jobs(scope).count() == 0


def test_who_may(scope: Scope) -> None:
    assert Client().get("/jobs/").status_code == 302
    assert browser().get("/jobs/none/").status_code == 404
    reader = browser("viewer")
    assert reader.get("/jobs/").status_code == 200
    assert reader.post("/jobs/new/", FORM).status_code == 403
