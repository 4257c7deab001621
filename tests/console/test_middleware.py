"""The policy is on every answer; a database that is away is called so."""

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client

from console.middleware import POLICY, content_security_policy, database_away


@pytest.mark.django_db
def test_every_answer_carries_the_policy() -> None:
    for url in ("/login/", "/nowhere/", "/"):
        assert Client().get(url)["Content-Security-Policy"] == POLICY


def test_the_policy_lets_nothing_in_from_outside_and_nothing_inline() -> None:
    assert "default-src 'none'" in POLICY
    assert "unsafe" not in POLICY
    assert "http" not in POLICY


def test_an_answer_may_bring_its_own() -> None:
    own = HttpResponse(headers={"Content-Security-Policy": "default-src 'self'"})
    assert (
        content_security_policy(lambda request: own)(HttpRequest())["Content-Security-Policy"] == "default-src 'self'"
    )


def test_a_database_that_does_not_answer_is_a_503_that_gives_its_reason_as_text() -> None:
    middleware = database_away(lambda request: HttpResponse())
    response = middleware.process_exception(HttpRequest(), OperationalError("<disk> is full"))  # type: ignore[attr-defined]  # where Django looks
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "&lt;disk&gt; is full" in response.content.decode()
    assert middleware.process_exception(HttpRequest(), ValueError()) is None  # type: ignore[attr-defined]  # as above
