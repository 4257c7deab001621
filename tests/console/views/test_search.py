"""Search over resources, pages and actions."""

import pytest
from django.urls import reverse

from tests.console.browse import HTMX, browser, make_policy, make_thing, text

pytestmark = pytest.mark.django_db


def test_resources_pages_and_actions_are_found() -> None:
    make_thing("certain-thing")
    make_policy("uncertain")
    page = text(browser().get(reverse("search"), {"q": "cert"}, headers=HTMX))
    for url in (
        reverse("thing", kwargs={"name": "certain-thing"}),
        reverse("policy", kwargs={"name": "uncertain"}),
        reverse("certificates"),
        reverse("certificate_create"),
    ):
        assert f'href="{url}"' in page


def test_a_viewer_is_offered_no_action_and_nothing_found_says_so() -> None:
    client = browser("viewer")
    assert "Create thing" not in text(client.get(reverse("search"), {"q": "create"}, headers=HTMX))
    assert "Nothing is called “&lt;b&gt;zzz”" in text(client.get(reverse("search"), {"q": "<b>zzz"}))


def test_without_a_text_what_was_changed_last_comes_first() -> None:
    client = browser()
    client.post(reverse("thing_create"), {"name": "fresh"})
    assert "fresh" in text(client.get(reverse("search"), headers=HTMX))
