"""Settings: what is in force, events, users, keys, passwords."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from iot.services import access, logging, registry_events
from tests.console.browse import browser, last_change, text

pytestmark = pytest.mark.django_db
LONG = "correct horse battery"


def user_url(name: str) -> str:
    return reverse("settings_user", kwargs={"username": name})


def test_the_endpoint_limits_and_versions_are_shown_to_a_viewer() -> None:
    page = text(browser("viewer").get(reverse("settings")))
    for word in ("mqtts://", "Shadow document", "Django", "THING_TYPE"):
        assert word in page


def test_events_are_switched() -> None:
    browser("admin").post(reverse("settings_events"), {"event": ["THING"]})
    assert registry_events.is_on(settings.SCOPE, "THING")
    assert not registry_events.is_on(settings.SCOPE, "JOB")
    assert last_change().after["THING"] is True


def test_the_log_level_is_set() -> None:
    client = browser("admin")
    client.post(reverse("settings_logging"), {"level": "INFO"})
    assert logging.v2_logging_options(settings.SCOPE)["defaultLogLevel"] == "INFO"
    assert (last_change().before, last_change().after) == ({"defaultLogLevel": "WARN"}, {"defaultLogLevel": "INFO"})
    assert "<option selected>INFO" in text(client.get(reverse("settings")))
    assert client.post(reverse("settings_logging"), {"level": "LOUD"}).status_code == 422


def test_a_user_is_created_given_a_role_and_deleted() -> None:
    client = browser("admin")
    client.post(reverse("settings_users"), {"username": "ann", "password": LONG, "role": "viewer"})
    assert last_change().resource == "ann"
    assert LONG not in str(last_change().after)
    client.post(user_url("ann"), {"role": "operator"})
    assert (last_change().before, last_change().after) == ({"role": "viewer"}, {"role": "operator"})
    client.post(user_url("ann"), {"action": "delete"})
    assert "ann" not in [user.username for user, _role in access.users(settings.ACCOUNT_ID)]
    assert client.post(user_url("ann"), {"role": "viewer"}).status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"username": "a b", "password": LONG, "role": "viewer"},
        {"username": "ann", "password": "", "role": "viewer"},
        {"username": "ann", "password": LONG, "role": "king"},
        {"username": "admin-user", "password": LONG, "role": "viewer"},
    ],
)
def test_a_wrong_user_is_refused(fields: dict[str, str]) -> None:
    assert browser("admin").post(reverse("settings_users"), fields).status_code == 422


def test_the_last_admin_stays() -> None:
    client = browser("admin")
    assert client.post(user_url("admin-user"), {"role": "viewer"}).status_code == 422
    assert client.post(user_url("admin-user"), {"action": "delete"}).status_code == 422
    assert client.post(user_url("admin-user"), {"role": "king"}).status_code == 422


def test_a_key_is_shown_once_switched_off_and_deleted() -> None:
    client, url = browser("admin"), reverse("settings_keys")
    response = client.post(url, {"kind": "key", "role": "viewer", "description": "ci"})
    (key,) = access.access_keys(settings.ACCOUNT_ID)
    identity = access.find_access_key(key.access_key_id)
    assert identity is not None
    assert identity.secret in text(response)
    assert response["Cache-Control"] == "no-store"
    assert identity.secret not in text(client.get(url))
    assert identity.secret not in str(last_change().after)
    change = reverse("settings_key", kwargs={"key_id": key.access_key_id})
    client.post(change, {"action": "off"})
    assert access.find_access_key(key.access_key_id) is None
    client.post(change, {"action": "on"})
    client.post(change, {"action": "delete"})
    assert not access.access_keys(settings.ACCOUNT_ID)
    assert client.post(change, {"action": "delete"}).status_code == 404
    assert client.post(change, {"action": "nonsense"}).status_code == 422


def test_a_token_works_until_it_is_deleted() -> None:
    client, url = browser("admin"), reverse("settings_keys")
    page = text(client.post(url, {"kind": "token", "role": "viewer"}))
    token = page.split("<code>tst_")[1].split("<")[0]
    assert access.find_bearer_token(f"tst_{token}") is not None
    (row,) = access.bearer_tokens(settings.ACCOUNT_ID)
    client.post(reverse("settings_key", kwargs={"key_id": row.pk}), {"action": "forget"})
    assert access.find_bearer_token(f"tst_{token}") is None
    assert client.post(url, {"kind": "none"}).status_code == 422


def test_ones_own_password_is_changed_and_the_session_goes_on() -> None:
    client, url = browser("viewer"), reverse("settings_password")
    assert client.post(url, {"current": "wrong", "password": LONG}).status_code == 422
    assert client.post(url, {"current": "a long password", "password": LONG}).status_code == 302
    assert client.get(reverse("settings")).status_code == 200
    assert Client().login(username="viewer-user", password=LONG)
