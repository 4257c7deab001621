"""A person's session with a running console over HTTP, for tests that need no browser."""

import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from http.cookiejar import CookieJar

from tests.stack import Stack

Fields = Mapping[str, str | Sequence[str]]


class ConsoleSession:
    """Logged in as the admin of a stack."""

    def __init__(self, stack: Stack) -> None:
        self._base = stack.http
        self._cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._cookies))
        page = self.get("/login/").decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token is not None
        fields = {"username": "admin", "password": stack.admin_password, "csrfmiddlewaretoken": token[1]}
        self._open("/login/", urllib.parse.urlencode(fields).encode())
        assert any(cookie.name == "sessionid" for cookie in self._cookies)

    def get(self, path: str) -> bytes:
        return self._open(path, None)

    def post(self, path: str, fields: Fields | None = None) -> bytes:
        token = next(cookie.value for cookie in self._cookies if cookie.name == "csrftoken")
        data = urllib.parse.urlencode({**(fields or {}), "csrfmiddlewaretoken": token or ""}, doseq=True).encode()
        return self._open(path, data)

    def _open(self, path: str, data: bytes | None) -> bytes:
        request = urllib.request.Request(f"{self._base}{path}", data, {"Referer": f"{self._base}/"})
        with self._opener.open(request, timeout=30) as answer:
            found: bytes = answer.read()
        return found
