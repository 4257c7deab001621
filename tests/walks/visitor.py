"""Somebody at the console without a browser: signs in, fills in forms as they are served, opens a WebSocket."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import requests
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Ping, RejectConnection, Request, TextMessage

from tests.stack import Stack

SECONDS = 15


class Visitor:
    """A signed-in session."""

    def __init__(self, stack: Stack) -> None:
        self.http = stack.http
        self.session = requests.Session()
        fields = self.form("/login/", "password")
        self.submit("/login/", {**fields, "username": "admin", "password": stack.admin_password})

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def form(self, path: str, holding: str) -> dict[str, str]:
        """Answer the fields, as served, of the form on a page that has a field of this name."""
        answer = self.session.get(self.http + path, timeout=SECONDS)
        assert answer.status_code == 200, (path, answer.status_code)
        found = _Forms()
        found.feed(answer.text)
        return next(form for form in found.forms if holding in form)

    def submit(self, path: str, fields: dict[str, str]) -> requests.Response:
        return self.session.post(self.http + path, data=fields, headers={"Referer": self.http + path}, timeout=SECONDS)

    @contextmanager
    def live(self, query: str) -> "Iterator[Iterator[dict[str, Any]]]":
        """Open the live viewer's socket; yields what it says, one after the other."""
        parts = urlsplit(self.http)
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.session.cookies)
        extra = [(b"Origin", self.http.encode()), (b"Cookie", cookies.encode())]
        with socket.create_connection((parts.hostname, parts.port or 80), timeout=SECONDS) as stream:
            protocol = WSConnection(ConnectionType.CLIENT)
            request = Request(host=parts.netloc, target=f"/ws/live/?{query}", extra_headers=extra)
            stream.sendall(protocol.send(request))
            yield _messages(stream, protocol)


def _messages(stream: socket.socket, protocol: WSConnection) -> Iterator[dict[str, Any]]:
    text = ""
    while data := stream.recv(65536):
        protocol.receive_data(data)
        for event in protocol.events():
            assert not isinstance(event, RejectConnection), event
            if isinstance(event, TextMessage):
                text += event.data
                if event.message_finished:
                    yield json.loads(text)
                    text = ""
            elif isinstance(event, Ping):
                stream.sendall(protocol.send(event.response()))
            else:
                assert isinstance(event, AcceptConnection), event


class _Forms(HTMLParser):
    """Collects the fields of each form with the values that they have."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self._name = ""
        self._inside = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append({})
            self._inside = True
        elif not self._inside or not self.forms:
            return
        elif tag in ("textarea", "select") and "name" in found:
            self._name = found["name"]
            self.forms[-1][self._name] = ""
        elif tag == "option" and "selected" in found and self._name:
            self.forms[-1][self._name] = found.get("value", "")
        elif tag == "input" and "name" in found:
            kind = found.get("type", "text")
            if kind not in ("checkbox", "radio") or "checked" in found:
                on = "on" if kind in ("checkbox", "radio") else ""
                self.forms[-1][found["name"]] = found.get("value", on)

    def handle_data(self, data: str) -> None:
        if self._name and self.lasttag == "textarea":
            self.forms[-1][self._name] += data if self.forms[-1][self._name] else data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("textarea", "select"):
            self._name = ""
        elif tag == "form":
            self._inside = False
