"""Functions at URLs: authorizers and hooks that answer a POST of their event, where there is no Lambda.

A name is resolved once and the connection goes to an address that was checked, redirects are not followed. Addresses
that are not public are asked only where `TRUSTED_HTTP_HOSTS` names their host or network.
"""

import http.client
import ipaddress
import socket
import ssl
from contextlib import closing
from typing import Any
from urllib.parse import SplitResult, urlsplit

import orjson
from django.conf import settings

from iot.core import errors

TIMEOUT = 5
MAXIMUM_ANSWER = 64 * 1024


def is_url(target: str) -> bool:
    """Say whether a function is named by a URL."""
    return target.startswith(("https://", "http://"))


def ask(url: str, event: dict[str, Any]) -> Any:
    """Post an event as JSON and answer the JSON that comes back. Raises InvalidResponseException."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    trusted = _is_trusted(host)
    if not host or parts.username is not None or (parts.scheme != "https" and not trusted):
        raise errors.InvalidRequestException("A function's URL has the form https://host/path")
    try:
        with closing(_connect(parts, host, trusted)) as connection:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, orjson.dumps(event), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            body = answer.read(MAXIMUM_ANSWER + 1)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise errors.InvalidResponseException(f"The function at {host} cannot be called: {error}") from None
    if answer.status != 200 or len(body) > MAXIMUM_ANSWER:
        raise errors.InvalidResponseException(f"The function at {host} answered {answer.status}, {len(body)} bytes")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise errors.InvalidResponseException(f"The function at {host} did not answer JSON") from None


def _connect(parts: SplitResult, host: str, trusted: bool) -> http.client.HTTPConnection:
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not trusted and not all(_may_reach(address) for address in addresses):
        raise errors.InvalidRequestException(f"{host} has an address that is not a public one")
    connection = http.client.HTTPConnection(host, port)
    plain = socket.create_connection((addresses[0], port), TIMEOUT)
    if parts.scheme == "https":
        try:
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        except OSError:
            plain.close()
            raise
    else:
        connection.sock = plain
    return connection


def _is_trusted(host: str) -> bool:
    return host in settings.TRUSTED_HTTP_HOSTS or _in_trusted_network(host)


def _may_reach(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return (parsed.is_global and not parsed.is_multicast) or _in_trusted_network(address)


def _in_trusted_network(address: str) -> bool:
    for one in settings.TRUSTED_HTTP_HOSTS:
        try:
            if ipaddress.ip_address(address) in ipaddress.ip_network(one, strict=False):
                return True
        except ValueError:
            continue
    return False
