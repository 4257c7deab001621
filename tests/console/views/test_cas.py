"""Authorities of somebody's own."""

from pathlib import Path

import pytest
from django.urls import reverse
from pytest_django.fixtures import Settings

from iot.services import ca_certificates, pki
from tests.console.browse import browser, last_change, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def pem(tmp_path: Path) -> str:
    pki.create_authority(tmp_path)
    return (tmp_path / "ca.pem").read_text()


def test_a_ca_is_registered_and_changed_and_deleted(pem: str) -> None:
    client = browser()
    response = client.post(reverse("ca_create"), {"pem": pem, "mode": "SNI_ONLY", "active": "on", "auto": "on"})
    url = response["Location"]
    assert last_change().operation == "RegisterCACertificate"
    assert "Stop registering by itself" in text(client.get(url))
    client.post(url, {"action": "auto_off"})
    client.post(url, {"action": "deactivate"})
    assert last_change().after == {"new_status": "INACTIVE"}
    assert client.post(url, {"action": "nonsense"}).status_code == 422
    assert reverse("cas") == client.post(url, {"action": "delete"})["Location"]
    assert client.get(url).status_code == 404


def test_a_wrong_one_is_refused_with_its_reason(pem: str) -> None:
    client = browser()
    assert "Need to provide verification certificate" in text(
        client.post(reverse("ca_create"), {"pem": pem, "mode": "DEFAULT"})
    )
    assert client.post(reverse("ca_create"), {"pem": "nonsense", "mode": "SNI_ONLY"}).status_code == 422


def test_the_registration_code_and_the_own_ca_are_shown(pem: str, tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
    client = browser()
    assert ca_certificates.registration_code(settings.SCOPE) in text(client.get(reverse("ca_create")))
    page = text(client.get(reverse("cas")))
    assert "No CA registered" in page
    assert pem.splitlines()[1] in page
