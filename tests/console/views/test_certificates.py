"""Certificates: made with their key shown once, activated, attached, revoked, deleted."""

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from pytest_django.fixtures import Settings

from iot.services import certificates
from tests.console.browse import browser, last_change, make_certificate, make_policy, make_thing, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(tmp_path: Path, settings: Settings) -> Any:
    settings.DATA_DIR = tmp_path
    return make_certificate(tmp_path)


def url(row: Any, view: str = "certificate") -> str:
    return reverse(view, kwargs={"certificate_id": row.certificate_id})


def test_the_key_is_on_the_page_that_answers_and_nowhere_else(row: Any) -> None:
    client = browser()
    response = client.post(reverse("certificate_create"), {"way": "keys", "active": "on"})
    assert "BEGIN RSA PRIVATE KEY" in text(response)
    assert response["Cache-Control"] == "no-store"
    made = last_change()
    assert made.operation == "CreateKeysAndCertificate"
    assert "PRIVATE" not in str(made.after)
    page = text(client.get(reverse("certificate", kwargs={"certificate_id": made.resource})))
    assert "PRIVATE KEY" not in page
    assert "ACTIVE" in page


def test_a_certificate_is_registered_and_a_wrong_text_refused(row: Any) -> None:
    client = browser()
    pem = row.pem
    certificates.certificates(row.scope).delete()
    assert client.post(reverse("certificate_create"), {"way": "register", "pem": pem}).status_code == 200
    assert last_change().operation == "RegisterCertificateWithoutCA"
    for fields in ({"way": "csr", "pem": "nonsense"}, {"way": "register"}, {"way": "none"}):
        assert client.post(reverse("certificate_create"), fields).status_code == 422


def test_the_list_is_filtered_by_id_and_state(row: Any) -> None:
    client = browser()
    assert row.certificate_id[:16] in text(client.get(reverse("certificates"), {"q": row.certificate_id[:4]}))
    assert "Clear filters" in text(client.get(reverse("certificates"), {"status": "REVOKED"}))


@pytest.mark.parametrize(
    ("action", "status"), [("deactivate", "INACTIVE"), ("revoke", "REVOKED"), ("activate", "ACTIVE")]
)
def test_states_change_with_a_row_in_the_audit(row: Any, action: str, status: str) -> None:
    client = browser()
    assert client.post(url(row), {"action": action}).status_code == 302
    assert certificates.find_certificate(row.scope, row.certificate_id).status == status
    assert (last_change().before, last_change().after) == ({"status": "ACTIVE"}, {"status": status})
    assert client.post(url(row), {"action": "nonsense"}).status_code == 422


def test_policies_and_things_are_attached_and_detached(row: Any) -> None:
    make_policy("p")
    make_thing("t1")
    client = browser()
    client.post(url(row), {"action": "attach_policy", "policy": "p"})
    client.post(url(row), {"action": "attach_thing", "thing": "t1", "exclusive": "on"})
    page = text(client.get(url(row)))
    assert reverse("policy", kwargs={"name": "p"}) in page
    assert reverse("thing", kwargs={"name": "t1"}) in page
    assert "exclusive</span>" in page
    client.post(url(row), {"action": "detach_policy", "policy": "p"})
    client.post(url(row), {"action": "detach_thing", "thing": "t1"})
    assert "everything is denied" in text(client.get(url(row)))


def test_it_is_downloaded_and_deleted_once_it_is_not_active(row: Any) -> None:
    client = browser()
    assert text(client.get(url(row, "certificate_download"))) == row.pem
    assert client.get(url(row, "certificate_delete")).status_code == 200
    assert client.post(url(row, "certificate_delete")).status_code == 422
    client.post(url(row), {"action": "deactivate"})
    assert client.post(url(row, "certificate_delete"), {"force": "on"}).status_code == 302
    assert client.get(url(row)).status_code == 404
