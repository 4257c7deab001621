"""Functions at URLs."""

from typing import Any

import orjson
import pytest

from iot.core import errors
from iot.services.function_urls import ask, is_url
from iot.services.functions import invoke
from tests.rules.listening import Listener


def test_a_trusted_function_is_asked(listener: Listener, settings: Any) -> None:
    settings.TRUSTED_HTTP_HOSTS = ("127.0.0.0/8",)
    listener.body = b'{"isAuthenticated": true}'
    listener.headers = {"connection": "close"}
    assert invoke(f"{listener.url}/decide?a=1", {"token": "t"}) == {"isAuthenticated": True}
    (asked,) = listener.asked
    assert (asked.method, asked.path, orjson.loads(asked.body)) == ("POST", "/decide?a=1", {"token": "t"})
    assert is_url(listener.url)
    assert not is_url("arn:aws:lambda:us-east-1:123456789012:function:f")


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/"])
def test_private_addresses_are_not_reached_without_trust(url: str, settings: Any) -> None:
    settings.TRUSTED_HTTP_HOSTS = ()
    with pytest.raises((errors.InvalidRequestException, errors.InvalidResponseException)):
        ask(url, {})


@pytest.mark.parametrize("url", ["http://example.org/", "https://me@example.org/", "https:///x"])
def test_a_url_without_tls_host_or_with_a_user_is_refused(url: str, settings: Any) -> None:
    settings.TRUSTED_HTTP_HOSTS = ()
    with pytest.raises(errors.InvalidRequestException):
        ask(url, {})


@pytest.mark.parametrize(("status", "body"), [(302, b"{}"), (500, b"{}"), (200, b"no json"), (200, b" " * 70_000)])
def test_what_is_not_an_answer_is_told(listener: Listener, settings: Any, status: int, body: bytes) -> None:
    settings.TRUSTED_HTTP_HOSTS = ("127.0.0.1",)
    listener.answers, listener.body = [status], body
    listener.headers = {"connection": "close", "location": "https://elsewhere.example/"}
    with pytest.raises(errors.InvalidResponseException):
        ask(listener.url, {})
    assert len(listener.asked) == 1


def test_a_function_that_is_away_is_told(settings: Any) -> None:
    settings.TRUSTED_HTTP_HOSTS = ("127.0.0.1",)
    with pytest.raises(errors.InvalidResponseException):
        ask("http://127.0.0.1:1/", {})
