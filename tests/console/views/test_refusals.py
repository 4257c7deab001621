"""Refusals: why, and the way to try and to allow."""

from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from iot.services import refusals
from tests.console.browse import HTMX, browser, text

pytestmark = pytest.mark.django_db


def refuse(**more: Any) -> int:
    entry = {
        "client_id": "c1",
        "principal": "f" * 64,
        "action": "iot:Publish",
        "resource": settings.SCOPE.arn("topic", "plant/c1"),
        "reason": "no statement allows it",
    }
    refusals.record(settings.SCOPE, [{**entry, **more}])
    return int(refusals.refusals(settings.SCOPE)[0].pk)


def test_a_refusal_says_why_and_links_to_the_simulator() -> None:
    refuse(client_id="<b>c</b>", count=12, policy="field", statement_index=1)
    page = text(browser("viewer").get(reverse("refusals")))
    assert "no statement allows it" in page
    assert "&lt;b&gt;c" in page
    assert "12×" in page
    assert "statement 2" in page
    assert f"{reverse('simulator')}?client=%3Cb%3E" in page


def test_they_are_filtered_by_client_and_action() -> None:
    refuse()
    refuse(client_id="c2", action="iot:Subscribe", reason="another")
    client = browser()
    page = text(client.get(reverse("refusals"), {"client": "c2"}, headers=HTMX))
    assert "another" in page
    assert "no statement" not in page
    assert "Clear filters" in text(client.get(reverse("refusals"), {"client": "c1", "action": "iot:Subscribe"}))


def test_the_suggestion_is_narrow_and_uses_the_client_id() -> None:
    key = refuse()
    page = text(browser().get(reverse("refusal", kwargs={"key": key})))
    assert "topic/plant/${iot:ClientId}" in page
    assert f"{reverse('policy_create')}?document=" in page
    assert browser("viewer").get(reverse("refusal", kwargs={"key": key + 1})).status_code == 404


def test_a_denial_shows_the_statement_that_made_it() -> None:
    key = refuse(policy="field", statement_index=0, statement={"Effect": "Deny", "Action": "iot:Publish"})
    page = text(browser().get(reverse("refusal", kwargs={"key": key})))
    assert "&quot;Deny&quot;" in page
    assert reverse("policy_edit", kwargs={"name": "field"}) in page
