"""Functions at URLs."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from iot.core import errors
from iot.services.function_urls import ask, is_url
from iot.services.functions import invoke


class Function:
    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.status = 200
        self.body = b'{"isAuthenticated": true}'
        self.url = ""


@pytest.fixture
def function() -> Iterator[Function]:
    found = Function()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.asked.append((self.path, json.loads(self.rfile.read(int(self.headers["content-length"])))))
            self.send_response(found.status)
            self.send_header("location", "https://elsewhere.example/")
            self.send_header("content-length", str(len(found.body)))
            self.end_headers()
            self.wfile.write(found.body)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}/decide?a=1"
    yield found
    server.shutdown()
    server.server_close()


def test_a_trusted_function_is_asked(function: Function, settings: Any) -> None:
    settings.TRUSTED_HTTP_HOSTS = ("127.0.0.0/8",)
    assert invoke(function.url, {"token": "t"}) == {"isAuthenticated": True}
    assert function.asked == [("/decide?a=1", {"token": "t"})]
    assert is_url(function.url)
    assert not is_url("arn:aws:lambda:us-east-1:123456789012:function:f")


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/"])
def test_private_addresses_are_not_reached_without_trust(url: str, settings: Any) -> None:
    settings.TRUSTED_HTTP_HOSTS = ()
    with pytest.raises(errors.InvalidRequestException):
        ask(url, {})


@pytest.mark.parametrize("url", ["http://example.org/", "https://me@example.org/", "https:///x"])
def test_a_url_without_tls_host_or_with_a_user_is_refused(url: str, settings: Any) -> None:
    settings.TRUSTED_HTTP_HOSTS = ()
    with pytest.raises(errors.InvalidRequestException):
        ask(url, {})


@pytest.mark.parametrize(("status", "body"), [(302, b"{}"), (500, b"{}"), (200, b"no json"), (200, b" " * 70_000)])
def test_what_is_not_an_answer_is_told(function: Function, settings: Any, status: int, body: bytes) -> None:
    settings.TRUSTED_HTTP_HOSTS = ("127.0.0.1",)
    function.status, function.body = status, body
    with pytest.raises(errors.InvalidResponseException):
        ask(function.url, {})
    assert len(function.asked) == 1


def test_a_function_that_is_away_is_told(settings: Any) -> None:
    settings.TRUSTED_HTTP_HOSTS = ("127.0.0.1",)
    with pytest.raises(errors.InvalidResponseException):
        ask("http://127.0.0.1:1/", {})
