"""Outgoing HTTP for rules and functions: only to addresses that are anybody's, unless the settings trust the host.

A name is resolved once and the connection goes to the address that was checked, so that a name cannot change between.
Redirects are not followed, and what is written into a header or a URL cannot end its line.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

MAXIMUM_URL = 2000
MAXIMUM_ANSWER = 16_384
PORTS = (443, 8443)
IDLE_SECONDS = 4.0
IDLE_CONNECTIONS = 8
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_HEADER_BREAK = re.compile(r"[\x00\r\n]")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")


class NotAllowed(Exception):
    """A request may not be made, now or later."""


class RequestFailed(Exception):
    """No answer came."""


class UnknownHost(RequestFailed):
    """The host's name has no address."""


class TimedOut(RequestFailed):
    """No answer came in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


class Web:
    """Makes requests; threads share it. `trusted` are host names, addresses and networks that may be private."""

    def __init__(self, trusted: Sequence[str] = ()) -> None:
        self._trusted = frozenset(trusted)
        self._networks = [network for one in trusted if (network := _network(one)) is not None]
        self._tls = ssl.create_default_context()
        self._idle: dict[tuple[str, str, int], list[tuple[float, http.client.HTTPConnection]]] = defaultdict(list)
        self._lock = threading.Lock()

    def trust_authority(self, path: str) -> None:
        """Accept server certificates of one more authority."""
        self._tls.load_verify_locations(path)

    def check(self, url: str) -> SplitResult:
        """Demand a URL that may be asked, as far as it can be told without resolving. Raises NotAllowed."""
        if len(url) > MAXIMUM_URL or _CONTROL.search(url):
            raise NotAllowed("The URL is too long, or has blanks or control characters")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise NotAllowed(f"The URL cannot be read: {error}") from None
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise NotAllowed("The URL must have the form https://host/path")
        if self.is_trusted(parts.hostname):
            return parts
        if parts.scheme != "https" or (port or 443) not in PORTS:
            raise NotAllowed("The URL must be https on port 443 or 8443, unless the settings trust its host")
        return parts

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        timeout: float = 3.0,
        limit: int = MAXIMUM_ANSWER,
    ) -> Answer:
        """Make a request. Raises NotAllowed where it may not be made, RequestFailed where no answer came in time."""
        parts = self.check(url)
        for name, value in headers.items():
            if not _HEADER_NAME.fullmatch(name) or _HEADER_BREAK.search(value):
                raise NotAllowed(f"The header {name!r} is malformed")
        deadline = time.monotonic() + timeout
        key = (parts.scheme, parts.netloc, parts.port or (443 if parts.scheme == "https" else 80))
        connection = self._take(key)
        if connection is not None:
            try:
                return self._exchange(key, connection, method, parts, headers, body, deadline, limit)
            except (RequestFailed, OSError):
                pass  # An idle connection that the peer has closed meanwhile: once more on a new one.
        return self._exchange(
            key, self._connect(parts, key[2], deadline), method, parts, headers, body, deadline, limit
        )

    def addresses(self, host: str, port: int) -> list[str]:
        """Resolve a name once, and demand that all its addresses may be reached. Raises NotAllowed, RequestFailed."""
        trusted = self.is_trusted(host)
        family = socket.AF_UNSPEC if trusted else socket.AF_INET
        try:
            found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise UnknownHost(f"{host} cannot be resolved: {error}") from None
        addresses = [str(one[4][0]) for one in found]
        if not trusted:
            for address in addresses:
                if not self._may_reach(address):
                    raise NotAllowed(f"{host} has the address {address}, which is not a public one")
        return addresses

    def is_trusted(self, host: str) -> bool:
        """Say whether the settings exempt a host."""
        if host in self._trusted:
            return True
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._networks)

    def _may_reach(self, address: str) -> bool:
        parsed = ipaddress.ip_address(address)
        if any(parsed in network for network in self._networks):
            return True
        return parsed.is_global and not parsed.is_multicast

    def _connect(self, parts: SplitResult, port: int, deadline: float) -> http.client.HTTPConnection:
        host = parts.hostname or ""
        address = self.addresses(host, port)[0]
        connection = http.client.HTTPConnection(host, port)
        try:
            plain = socket.create_connection((address, port), _left(deadline))
            connection.sock = self._tls.wrap_socket(plain, server_hostname=host) if parts.scheme == "https" else plain
        except OSError as error:
            raise _failure(error)(f"{host} cannot be reached: {error}") from None
        return connection

    def _exchange(
        self,
        key: tuple[str, str, int],
        connection: http.client.HTTPConnection,
        method: str,
        parts: SplitResult,
        headers: Mapping[str, str],
        body: bytes,
        deadline: float,
        limit: int,
    ) -> Answer:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.sock.settimeout(_left(deadline))
            sent = {name: value for name, value in headers.items() if name.lower() != "host"}
            connection.request(method, target, body, {**sent, "Host": parts.netloc})
            answer = connection.getresponse()
            content = _read(connection, answer, deadline, limit)
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            raise _failure(error)(f"{type(error).__name__}: {error}") from None
        if answer.will_close or not answer.isclosed():
            connection.close()
        else:
            self._give(key, connection)
        return Answer(answer.status, content)

    def _take(self, key: tuple[str, str, int]) -> http.client.HTTPConnection | None:
        now = time.monotonic()
        with self._lock:
            idle = self._idle[key]
            while idle:
                since, connection = idle.pop()
                if now - since < IDLE_SECONDS:
                    return connection
                connection.close()
        return None

    def _give(self, key: tuple[str, str, int], connection: http.client.HTTPConnection) -> None:
        with self._lock:
            if len(self._idle[key]) < IDLE_CONNECTIONS:
                self._idle[key].append((time.monotonic(), connection))
                return
        connection.close()

    def close(self) -> None:
        """Close idle connections."""
        with self._lock:
            for idle in self._idle.values():
                for _, connection in idle:
                    connection.close()
            self._idle.clear()


def _failure(error: Exception) -> type[RequestFailed]:
    return TimedOut if isinstance(error, TimeoutError) else RequestFailed


@lru_cache(maxsize=1)
def shared(trusted: tuple[str, ...]) -> Web:
    """Answer the one of this process, outside of the bridge."""
    return Web(trusted)


def _read(
    connection: http.client.HTTPConnection, answer: http.client.HTTPResponse, deadline: float, limit: int
) -> bytes:
    content = b""
    while len(content) <= limit:
        if connection.sock is not None:
            connection.sock.settimeout(_left(deadline))
        chunk = answer.read1(limit + 1 - len(content))
        if not chunk:
            return content
        content += chunk
    return content


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
