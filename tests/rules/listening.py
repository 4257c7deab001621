"""An HTTP server of a test's own that remembers what it was asked and answers as it is told."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Listener:
    """`answers` are statuses for the next requests, the last one for all that follow; `delay` is in seconds."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: list[int] = field(default_factory=lambda: [200])
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no error of the server's."""


@contextlib.contextmanager
def listening(port: int = 0) -> Iterator[Listener]:
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            listener.asked.append(Asked(self.command, self.path, headers, body))
            time.sleep(listener.delay)
            status = listener.answers.pop(0) if len(listener.answers) > 1 else listener.answers[0]
            with contextlib.suppress(OSError):
                self.send_response(status)
                for name, value in listener.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(listener.body)))
                self.end_headers()
                self.wfile.write(listener.body)

        do_GET = do_POST = do_PUT = answer

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = _Server(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    listener.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
