"""The audit: filtered, with differences, exported."""

import json

import pytest
from django.conf import settings
from django.urls import reverse

from iot.services import audit
from tests.console.browse import HTMX, browser, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rows() -> None:
    audit.record(settings.SCOPE, actor="ann", channel="api", operation="CreateThing", resource="t1", after={"a": 1})
    audit.record(
        settings.SCOPE, actor="bob", channel="system", operation="DeleteRule", resource="<r>", outcome="Refused"
    )


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ({"q": "create"}, "ann", "bob"),
        ({"q": "<r>"}, "bob", "ann"),
        ({"who": "bo"}, "bob", "ann"),
        ({"channel": "api"}, "ann", "bob"),
        ({"outcome": "refused"}, "bob", "ann"),
    ],
)
def test_it_is_filtered(query: dict[str, str], shown: str, hidden: str) -> None:
    page = text(browser("viewer").get(reverse("audit"), query, headers=HTMX))
    assert shown in page
    assert hidden not in page
    assert "<r>" not in page


def test_nothing_matching_offers_to_clear_and_a_wrong_page_is_refused() -> None:
    client = browser()
    assert "Clear filters" in text(client.get(reverse("audit"), {"q": "zzz"}))
    assert client.get(reverse("audit"), {"after": "nonsense"}).status_code == 422


def test_before_and_after_are_a_difference() -> None:
    assert "diff-line added" in text(browser().get(reverse("audit"), {"q": "CreateThing"}))


def test_the_export_has_a_line_for_each_row() -> None:
    lines = text(browser("viewer").get(reverse("audit_export"), {"who": "ann"})).splitlines()
    (row,) = [json.loads(line) for line in lines]
    assert (row["operation"], row["resource"], row["after"]) == ("CreateThing", "t1", {"a": 1})
