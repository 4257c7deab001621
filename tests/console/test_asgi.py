"""Where a socket may come from (the host it was sent to, or an origin that is trusted by name), and who a client is."""

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from console.asgi import comes_from_us, from_proxy


@pytest.mark.parametrize(
    ("host", "origin", "ours"),
    [
        (b"console.test:8000", b"http://console.test:8000", True),
        (b"Console.test", b"https://console.TEST", True),
        (b"console.test", b"https://console.test:8443", False),
        (b"console.test", b"https://evil.test", False),
        (b"console.test", b"null", False),
        (b"console.test", b"", False),
        (b"", b"https://", True),
    ],
)
def test_the_origin_is_the_host(host: bytes, origin: bytes, ours: bool) -> None:
    assert comes_from_us({b"host": host, b"origin": origin}) == (ours and bool(host))


def test_a_trusted_origin_and_a_proxys_host_count(settings: Settings) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://front.test"]
    assert comes_from_us({b"host": b"console.test", b"origin": b"https://front.test"})
    settings.USE_X_FORWARDED_HOST = True
    headers = {b"host": b"inner:8000", b"x-forwarded-host": b"outer.test", b"origin": b"https://outer.test"}
    assert comes_from_us(headers)


@pytest.mark.parametrize(
    ("behind", "forwarded", "client"),
    [
        (True, b"192.0.2.7", "192.0.2.7"),
        (True, b"6.6.6.6, 192.0.2.7", "192.0.2.7"),
        (True, b"", "127.0.0.1"),
        (False, b"6.6.6.6", "127.0.0.1"),
    ],
)
async def test_the_address_is_the_proxys_last_word_where_there_is_a_proxy(
    settings: Settings, behind: bool, forwarded: bytes, client: str
) -> None:
    seen: list[dict[str, Any]] = []

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        seen.append(scope)

    settings.BEHIND_TLS = behind
    headers = [(b"x-forwarded-for", forwarded)] if forwarded else []
    await from_proxy(application)({"client": ("127.0.0.1", 5), "headers": headers}, None, None)
    assert seen[0]["client"][0] == client
