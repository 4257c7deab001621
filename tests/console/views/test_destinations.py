"""Destinations: confirmed by their owner, or trusted by an operator."""

import pytest
from django.conf import settings
from django.urls import reverse

from iot.services import destinations
from tests.console.browse import browser, last_change, text

pytestmark = pytest.mark.django_db
URL = "https://example.com/hook"


def test_one_is_created_confirmed_disabled_and_deleted() -> None:
    client, page = browser(), reverse("destinations")
    assert "No destinations yet" in text(client.get(page))
    assert client.post(page, {"action": "create", "url": URL}).status_code == 302
    row = destinations.destinations(settings.SCOPE).get()
    assert row.token not in text(client.get(page))
    assert client.post(page, {"action": "confirm", "token": "wrong"}).status_code == 422
    assert client.post(page, {"action": "confirm", "token": row.token}).status_code == 302
    change = reverse("destination", kwargs={"key": row.pk})
    client.post(change, {"action": "disable"})
    assert (last_change().before, last_change().after) == ({"status": "ENABLED"}, {"status": "DISABLED"})
    client.post(change, {"action": "enable"})
    client.post(change, {"action": "delete"})
    assert client.post(change, {"action": "delete"}).status_code == 404


def test_an_operator_may_trust_one_without_confirmation() -> None:
    row = destinations.create_topic_rule_destination(
        settings.SCOPE, destination_configuration={"httpUrlConfiguration": {"confirmationUrl": URL}}
    )
    client, change = browser(), reverse("destination", kwargs={"key": row.pk})
    assert client.post(change, {"action": "enable"}).status_code == 422
    client.post(change, {"action": "trust"})
    assert destinations.destinations(settings.SCOPE).get().status == "ENABLED"
    assert client.post(change, {"action": "nonsense"}).status_code == 422


@pytest.mark.parametrize("url", ["", "ftp://x", URL])
def test_a_wrong_url_is_refused(url: str) -> None:
    destinations.create_topic_rule_destination(
        settings.SCOPE, destination_configuration={"httpUrlConfiguration": {"confirmationUrl": URL}}
    )
    assert browser().post(reverse("destinations"), {"action": "create", "url": url}).status_code == 422
