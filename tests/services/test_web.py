import socket
import threading
from typing import Any

import pytest

from iot.services.web import NotAllowed, RequestFailed, TimedOut, UnknownHost, Web
from tests.rules.listening import Listener
from tests.running_broker import free_port

PRIVATE = [
    "https://127.0.0.1",
    "https://127.1",
    "https://2130706433",
    "https://0x7f000001",
    "https://0177.0.0.1",
    "https://localhost",
    "https://0.0.0.0",
    "https://10.1.2.3",
    "https://172.16.0.1",
    "https://192.168.1.1",
    "https://100.64.0.1",
    "https://169.254.169.254/latest/meta-data",
    "https://224.0.0.1",
    "https://255.255.255.255",
    "https://[::1]",
    "https://[::ffff:127.0.0.1]",
    "https://[fd00::1]",
    "https://[64:ff9b::7f00:1]",
    "https://127.0.0.1:8443/x",
]
MALFORMED = [
    "ftp://example.com",
    "https://",
    "https:///path",
    "https://user@example.com",
    "https://user:password@127.0.0.1",
    "http://example.com",
    "https://example.com:22",
    "https://example.com:99999",
    "https://example.com/a b",
    "https://example.com/\r\nx: y",
    "https://[::1",
    "https://example.com/" + "x" * 2000,
]


@pytest.fixture
def no_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails a test that opens a connection."""

    def refuse(*arguments: Any, **options: Any) -> None:
        pytest.fail(f"a connection to {arguments} is made")

    monkeypatch.setattr(socket, "create_connection", refuse)


@pytest.mark.usefixtures("no_connections")
@pytest.mark.parametrize("url", PRIVATE)
def test_no_spelling_of_a_private_address_is_connected_to(url: str) -> None:
    with pytest.raises((NotAllowed, RequestFailed)):
        Web().request("POST", url, {}, b"")


@pytest.mark.usefixtures("no_connections")
@pytest.mark.parametrize("url", MALFORMED)
def test_a_url_that_may_not_be_asked_is_refused(url: str) -> None:
    with pytest.raises(NotAllowed):
        Web().request("POST", url, {}, b"")


@pytest.mark.usefixtures("no_connections")
def test_a_name_with_one_private_address_among_others_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments: found)
    with pytest.raises(NotAllowed, match=r"10\.0\.0\.1, which is not a public one"):
        Web().request("POST", "https://example.com", {}, b"")


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that answers differently the second time gains nothing: it is not asked again."""
    asked: list[Any] = []
    connected: list[Any] = []

    def resolve(*arguments: Any) -> Any:
        asked.append(arguments)
        address = "93.184.216.34" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]

    def connect(address: Any, timeout: float) -> Any:
        connected.append(address)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(RequestFailed, match="cannot be reached"):
        Web().request("POST", "https://example.com", {}, b"")
    assert connected == [("93.184.216.34", 443)]
    assert len(asked) == 1


def test_a_trusted_host_may_be_private_and_plain(listener: Listener) -> None:
    answer = Web(["127.0.0.1"]).request("POST", f"{listener.url}/a?b=1", {"x": "y"}, b"body")
    assert (answer.status, answer.body) == (200, b"{}")
    (asked,) = listener.asked
    assert (asked.path, asked.body, asked.headers["x"]) == ("/a?b=1", b"body", "y")
    assert asked.headers["host"] == listener.url.removeprefix("http://")


def test_a_network_may_be_trusted(listener: Listener) -> None:
    assert Web(["127.0.0.0/8"]).request("POST", listener.url, {}, b"").status == 200


def test_redirects_are_answers_and_not_followed(listener: Listener) -> None:
    listener.answers, listener.headers = [302], {"location": f"{listener.url}/elsewhere"}
    assert Web(["127.0.0.1"]).request("POST", listener.url, {}, b"").status == 302
    assert len(listener.asked) == 1


def test_a_connection_is_used_again_and_a_closed_one_replaced(listener: Listener) -> None:
    web = Web(["127.0.0.1"])
    for _ in range(3):
        assert web.request("POST", listener.url, {}, b"").status == 200
    listener.headers = {"connection": "close"}
    for _ in range(2):
        assert web.request("POST", listener.url, {}, b"").status == 200
    assert len(listener.asked) == 5
    web.close()


def test_a_long_answer_is_cut(listener: Listener) -> None:
    listener.body = b"x" * 100_000
    answer = Web(["127.0.0.1"]).request("POST", listener.url, {}, b"", limit=1000)
    assert len(answer.body) == 1001


def test_an_answer_that_takes_too_long_is_none(listener: Listener) -> None:
    listener.delay = 0.5
    with pytest.raises(TimedOut):
        Web(["127.0.0.1"]).request("POST", listener.url, {}, b"", timeout=0.1)


def test_an_answer_that_dribbles_is_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        stop = threading.Event()

        def dribble() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
                while not stop.wait(0.05):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=dribble)
        thread.start()
        try:
            with pytest.raises(TimedOut):
                Web(["127.0.0.1"]).request("POST", f"http://127.0.0.1:{port}", {}, b"", timeout=0.3)
        finally:
            stop.set()
            thread.join()


def test_a_name_without_an_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*arguments: Any) -> Any:
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(UnknownHost):
        Web().request("POST", "https://nowhere.example", {}, b"")


def test_a_peer_that_is_not_there_is_told(listener: Listener) -> None:
    with pytest.raises(RequestFailed, match="cannot be reached"):
        Web(["127.0.0.1"]).request("POST", f"http://127.0.0.1:{free_port()}", {}, b"")


@pytest.mark.parametrize(("name", "value"), [("a b", "x"), ("a", "x\r\ny: z"), ("a", "x\0"), ("", "x")])
def test_a_header_that_would_break_the_request_is_refused(listener: Listener, name: str, value: str) -> None:
    with pytest.raises(NotAllowed, match="malformed"):
        Web(["127.0.0.1"]).request("POST", listener.url, {name: value}, b"")
    assert listener.asked == []


def test_the_host_header_is_the_urls(listener: Listener) -> None:
    Web(["127.0.0.1"]).request("POST", listener.url, {"Host": "internal"}, b"")
    assert listener.asked[0].headers["host"] == listener.url.removeprefix("http://")
