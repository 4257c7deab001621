import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from iot.services import access, destinations, metrics
from tests.console.browse import browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _counted(settings: Settings) -> None:
    metrics.add(settings.SCOPE, {("PublishIn.Success", ""): 3})


def test_whoever_is_signed_in_reads_the_figures() -> None:
    answer = browser().get("/metrics")
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "thingstead_publish_in_success_total 3" in answer.content.decode()


def test_prometheus_reads_them_with_a_token(settings: Settings) -> None:
    browser()
    user = User.objects.get()
    token, _ = access.create_bearer_token(user, account=settings.ACCOUNT_ID, role="viewer")
    answer = Client().get("/metrics", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer guessed", "Basic Zm9vOmJhcg=="])
def test_a_stranger_reads_nothing(header: str) -> None:
    answer = Client().get("/metrics", headers={"authorization": header})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert b"thingstead_" not in answer.content


def test_the_owner_of_a_destination_confirms_it_once_by_the_token(settings: Settings) -> None:
    configuration = {"httpUrlConfiguration": {"confirmationUrl": "https://example.com/hook"}}
    row = destinations.create_topic_rule_destination(settings.SCOPE, destination_configuration=configuration)
    assert Client().get("/confirm-destination/guessed").status_code == 401
    assert Client().post(f"/confirm-destination/{row.token}").status_code == 405
    assert Client().get(f"/confirm-destination/{row.token}").status_code == 200
    assert destinations.find_destination(settings.SCOPE, row.arn).status == "ENABLED"
    assert Client().get(f"/confirm-destination/{row.token}").status_code == 401
