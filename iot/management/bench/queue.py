"""A queue in small: it answers SQS's SendMessageBatch at once, so that what is measured is our side."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable

Arrived = Callable[[list[str]], None]


@contextlib.asynccontextmanager
async def serve(port: int, arrived: Arrived) -> AsyncIterator[None]:
    """Serve at a port of loopback; `arrived` hears the bodies of each batch."""
    writers: set[asyncio.StreamWriter] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = _answer(await reader.readexactly(_length(head)), arrived)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\n")
                writer.write(b"content-length: %d\r\n\r\n%b" % (len(body), body))
        writers.discard(writer)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        for writer in writers:
            writer.close()


def _length(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    return next(int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:"))


def _answer(request: bytes, arrived: Arrived) -> bytes:
    entries = json.loads(request)["Entries"]
    arrived([entry["MessageBody"] for entry in entries])
    taken = [{"Id": one["Id"], "MessageId": one["Id"], "MD5OfMessageBody": ""} for one in entries]
    return json.dumps({"Successful": taken, "Failed": []}).encode()
