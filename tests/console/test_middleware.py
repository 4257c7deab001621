"""The policy is on every answer."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client

from console.middleware import POLICY, content_security_policy


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
