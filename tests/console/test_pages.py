"""A browser gets the page, htmx the part."""

import pytest
from django.urls import reverse

from tests.console.browse import HTMX, browser, text

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "name", ["things", "certificates", "policies", "refusals", "audit", "search", "simulator", "overview"]
)
def test_htmx_gets_the_part_and_a_browser_the_page(name: str) -> None:
    client = browser()
    whole, part = client.get(reverse(name)), client.get(reverse(name), headers=HTMX)
    assert "<html" in text(whole)
    assert part.status_code == 200
    assert "<html" not in text(part)
    assert "HX-Request" in whole["Vary"]


def test_boosted_and_restored_pages_are_whole() -> None:
    client = browser()
    for more in ({"HX-Boosted": "true"}, {"HX-History-Restore-Request": "true"}):
        assert "<html" in text(client.get(reverse("things"), headers={**HTMX, **more}))
