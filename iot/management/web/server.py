"""Daphne as we run it: on a socket that several processes may share, on uvloop, ending without cutting answers off.

Twisted's reactor must be installed before Daphne is imported, which is why this module does both.
"""

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import uvloop
from twisted.internet import asyncioreactor

loop = uvloop.new_event_loop()
asyncioreactor.install(loop)  # type: ignore[no-untyped-call]  # Twisted has no types here

from daphne.server import Server  # noqa: E402  # after the reactor
from daphne.ws_protocol import WebSocketProtocol  # noqa: E402  # after the reactor
from twisted.internet import reactor  # noqa: E402  # after the reactor

BACKLOG = 512
FINISH_SECONDS = 1.2
SOCKET_MESSAGE_BYTES = 256 * 1024
HTTP_SECONDS = 60
Step = Callable[[], Coroutine[Any, Any, None]]


def listen(host: str, port: int) -> socket.socket:
    """Listen on an address that further web processes may listen on too."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.bind((host, port))
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening


class WebServer(Server):  # type: ignore[misc]  # Daphne has no types
    """Serves an ASGI application until SIGTERM or SIGINT, then finishes what has begun.

    `started` runs once the loop does and `ended` before it stops.
    """

    def __init__(self, application: Any, listening: socket.socket, root_path: str, started: Step, ended: Step) -> None:
        super().__init__(
            application,
            endpoints=[f"fd:fileno={listening.fileno()}"],
            signal_handlers=False,
            http_timeout=HTTP_SECONDS,
            root_path=root_path,
            websocket_max_message_size=SOCKET_MESSAGE_BYTES,
            websocket_max_frame_size=SOCKET_MESSAGE_BYTES,
            server_name="thingstead",
            verbosity=0,
        )
        self._listening = listening  # the endpoint knows its number alone
        self._started, self._ended = started, ended
        self._tasks: set[asyncio.Task[None]] = set()

    def serve(self) -> None:
        """Run until a signal ends it."""
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._spawn, self._finish)
        reactor.callWhenRunning(self._spawn, self._started)
        self.run()

    def _spawn(self, step: Step) -> None:
        task = loop.create_task(step())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(self) -> None:
        for listener in self.listeners:
            listener.addCallback(lambda port: port.stopListening())
        running = [
            details["application_instance"]
            for protocol, details in self.connections.items()
            if "application_instance" in details and not isinstance(protocol, WebSocketProtocol)
        ]
        if running:
            await asyncio.wait(running, timeout=FINISH_SECONDS)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended(), 0.5)
        self.stop()

    def kill_all_applications(self) -> Any:
        """Cancel what still runs; unlike Daphne's own, this knows connections that are idle."""
        for details in self.connections.values():
            task = details.get("application_instance")
            if task is not None:
                task.cancel()
        return None
