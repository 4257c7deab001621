"""Logging in and out, the theme, and the pages for what went wrong."""

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from console.views.account import broken
from tests.console.browse import browser, last_change, text

pytestmark = pytest.mark.django_db


def test_logging_in_leads_on_and_is_recorded() -> None:
    browser("viewer")
    client = Client()
    fields = {"username": "viewer-user", "password": "a long password", "next": "/things/"}
    assert client.post(reverse("login"), fields)["Location"] == "/things/"
    assert (last_change().operation, last_change().actor, last_change().outcome) == ("Login", "viewer-user", "ok")
    assert client.get(reverse("login")).status_code == 302


def test_a_wrong_password_is_recorded_without_it_and_nothing_leads_elsewhere() -> None:
    client = Client()
    response = client.post(reverse("login"), {"username": "x", "password": "secret"})
    assert response.status_code == 200
    assert "correct username and password" in text(response)
    assert last_change().outcome == "refused"
    browser("viewer")
    fields = {"username": "viewer-user", "password": "a long password", "next": "https://elsewhere.example/"}
    assert client.post(reverse("login"), fields)["Location"] == reverse("overview")


def test_after_ten_wrong_passwords_even_the_right_one_waits() -> None:
    browser("viewer")
    client, right = Client(), {"username": "viewer-user", "password": "a long password"}
    for _ in range(12):
        client.post(reverse("login"), {**right, "password": "wrong"})
    page = text(client.post(reverse("login"), right))
    assert "Too many logins failed. Wait" in page
    assert "a long password" not in page


def test_logging_out_is_by_post_alone() -> None:
    client = browser()
    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout"))["Location"] == reverse("login")
    assert client.get(reverse("things")).status_code == 302


def test_the_theme_is_a_cookie_and_leads_back_here_only() -> None:
    client = Client()
    response = client.post(reverse("theme"), {"theme": "dark", "next": "/things/?q=a"})
    assert response["Location"] == "/things/?q=a"
    assert response.cookies["theme"].value == "dark"
    response = client.post(reverse("theme"), {"theme": "", "next": "https://elsewhere.example/"})
    assert response["Location"] == reverse("overview")
    assert response.cookies["theme"]["max-age"] == 0
    assert client.get(reverse("theme")).status_code == 405


def test_an_unknown_address_has_the_shell_around_it() -> None:
    page = text(browser().get("/no/such/page/"))
    assert "There is nothing at this address" in page
    assert reverse("things") in page
    assert "Log in" not in page
    assert Client().get("/no/such/page/").status_code == 404


def test_a_page_that_breaks_says_what_to_do() -> None:
    response = broken(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "server's log" in text(response)


def test_the_styleguide_shows_every_component() -> None:
    page = text(browser("viewer").get(reverse("styleguide")))
    for part in ("skeleton", "notice danger", 'class="diff"', 'class="tree"', "danger-zone"):
        assert part in page
