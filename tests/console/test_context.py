"""What every page shows around its own."""

import pytest
from django.urls import reverse

from tests.console.browse import browser, text

pytestmark = pytest.mark.django_db


def test_the_theme_is_in_the_page_as_it_comes() -> None:
    client = browser()
    assert "data-theme=" not in text(client.get(reverse("things")))
    client.cookies["theme"] = "dark"
    assert '<html lang="en" dir="ltr" data-theme="dark"' in text(client.get(reverse("things")))
    client.cookies["theme"] = '"><script>'
    assert "<script>" not in text(client.get(reverse("things")))


def test_a_viewer_sees_no_button_that_would_be_refused() -> None:
    assert reverse("thing_create") not in text(browser("viewer").get(reverse("things")))
    assert reverse("thing_create") in text(browser("operator").get(reverse("things")))


def test_nothing_is_inline() -> None:
    page = text(browser("admin").get(reverse("styleguide")))
    for forbidden in ("<style", "style=", "onclick", "hx-on", "<script>"):
        assert forbidden not in page
