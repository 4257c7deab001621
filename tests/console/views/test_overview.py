"""The overview: numbers, charts, what needs attention, where devices connect."""

from pathlib import Path

import pytest
from django.urls import reverse
from pytest_django.fixtures import Settings

from iot.services import metrics, refusals
from tests.console.browse import HTMX, browser, make_certificate, text

pytestmark = pytest.mark.django_db


def test_numbers_link_to_their_pages(settings: Settings) -> None:
    metrics.add(settings.SCOPE, {("Failure", "hot"): 3, ("PublishIn.AuthError", ""): 2})
    page = text(browser("viewer").get(reverse("overview")))
    assert "Rule hot failed 3 times" in page
    assert "is-danger" in page
    assert "is-warning" in page
    assert f'href="{reverse("refusals")}"' in page
    assert page.count('<svg viewBox="0 0 600 150"') == 2


def test_refused_clients_and_expiring_certificates_need_attention(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
    refusals.record(settings.SCOPE, [{"client_id": "c1", "action": "iot:Connect", "resource": "r", "count": 4}])
    row = make_certificate(tmp_path)
    type(row).objects.update(not_after="2026-01-01T00:00:00Z")
    page = text(browser().get(reverse("overview"), headers=HTMX))
    assert "c1 was refused 4 times" in page
    assert reverse("certificate", kwargs={"certificate_id": row.certificate_id}) in page
    assert "<html" not in page


def test_the_ca_certificate_is_downloaded(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
    client = browser("viewer")
    assert client.get(reverse("authority")).status_code == 404
    (tmp_path / "ca.pem").write_text("PEM")
    assert text(client.get(reverse("authority"))) == "PEM"


def test_a_new_installation_is_led_to_get_started() -> None:
    page = text(browser().get(reverse("overview")))
    assert "No device yet" in page
    assert "Nothing. Failing rules" in page
