"""Every page asks the standard questions: who are you, may you, and do you mean it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from console.roles import ADMIN, OPERATOR, VIEWER, reaches
from tests.console.browse import HTMX, browser
from tests.console.places import OPEN

pytestmark = pytest.mark.django_db
SAMPLES = {"key": 1, "number": 1, "step": "thing"}


def pages(resolver: URLResolver) -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from pages(entry)
        elif entry.name not in OPEN:
            yield str(entry.name), entry


PAGES = dict(pages(get_resolver()))


def address(entry: URLPattern) -> str:
    """Make an address with names that nothing has, as the pattern's converters want them."""
    converters = entry.pattern.converters
    values = {
        name: 999_999 if "Int" in type(one).__name__ else SAMPLES.get(name, "nobody")
        for name, one in converters.items()
    }
    return reverse(str(entry.name), kwargs=values)


def test_roles_include_one_another() -> None:
    assert reaches(ADMIN, VIEWER)
    assert reaches(OPERATOR, OPERATOR)
    assert not reaches(VIEWER, OPERATOR)
    assert not reaches(None, VIEWER)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_what_it_allows(name: str) -> None:
    assert PAGES[name].callback.allowed.methods


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_is_sent_to_the_login(name: str) -> None:
    for method in ("get", "post"):
        response = getattr(Client(), method)(address(PAGES[name]))
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("login"))


@pytest.mark.parametrize("name", PAGES)
def test_other_methods_are_refused(name: str) -> None:
    allowed = PAGES[name].callback.allowed
    client = browser(ADMIN)
    for method in {"GET", "POST", "DELETE", "PUT"} - set(allowed.methods):
        assert client.generic(method, address(PAGES[name])).status_code == 405


@pytest.mark.parametrize("name", [name for name, entry in PAGES.items() if "POST" in entry.callback.allowed.methods])
def test_a_lower_role_may_not_change(name: str) -> None:
    allowed = PAGES[name].callback.allowed
    if allowed.change == VIEWER:
        assert name in READS_BY_POST
        return
    response = browser(VIEWER if allowed.change == OPERATOR else OPERATOR).post(address(PAGES[name]))
    assert response.status_code == 403


# What a viewer may post to: it changes nothing, or only what is the viewer's own.
READS_BY_POST = {
    name
    for name, entry in PAGES.items()
    if "POST" in entry.callback.allowed.methods and entry.callback.allowed.change == VIEWER
}


def test_few_pages_let_a_viewer_post() -> None:
    assert {"policy_check", "settings_password"} <= READS_BY_POST
    assert len(READS_BY_POST) < 12


def test_only_admins_see_users_and_keys() -> None:
    client = browser(OPERATOR)
    assert client.get(reverse("settings_users")).status_code == 403
    assert client.get(reverse("settings_keys")).status_code == 403


def test_htmx_is_told_to_log_in_and_why_something_is_refused() -> None:
    response = Client().get(reverse("things"), headers=HTMX)
    assert response["HX-Redirect"].startswith(reverse("login"))
    response = browser(VIEWER).post(reverse("thing_create"), headers=HTMX)
    assert response.status_code == 403
    assert b"<html" not in response.content


def test_a_user_without_a_role_sees_nothing(django_user_model: Any) -> None:
    client = Client()
    client.force_login(django_user_model.objects.create_user("nobody"))
    assert client.get(reverse("things")).status_code == 403
