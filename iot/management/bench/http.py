"""HTTP load: requests are signed beforehand and sent over connections that stay open, one at a time on each."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from iot.management.bench.installation import Installation


class Failed(Exception):
    """An answer that was not 200."""


def sign(installation: Installation, service: str, method: str, path: str, body: bytes = b"") -> bytes:
    """Write a signed request as it goes over the wire."""
    url = installation.api + path
    request = AWSRequest(method=method, url=url, data=body, headers={"Content-Type": "application/json"})
    credentials = Credentials(installation.access_key, installation.secret_key)
    SigV4Auth(credentials, service, installation.region).add_auth(request)
    parts = urlsplit(url)
    headers = {**dict(request.headers.items()), "Host": parts.netloc, "Content-Length": str(len(body))}
    lines = [f"{method} {parts.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def send(installation: Installation, requests: Sequence[bytes], connections: int) -> list[float]:
    """Send requests over a number of connections; answers the seconds of each. Raises Failed."""
    waiting = iter(requests)
    taken: list[float] = []
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(_work(installation, waiting, taken))
    return taken


async def _work(installation: Installation, waiting: Iterator[bytes], taken: list[float]) -> None:
    parts = urlsplit(installation.api)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        for request in waiting:
            started = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length(head))
            if not head.startswith(b"HTTP/1.1 200"):
                raise Failed(f"{head.splitlines()[0].decode()}: {body.decode(errors='replace')[:200]}")
            taken.append(time.perf_counter() - started)
    finally:
        writer.close()
        await writer.wait_closed()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.split(b":", 1)[1])
    return 0
