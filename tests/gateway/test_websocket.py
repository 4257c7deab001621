"""MQTT over WebSockets, with signatures in the query and in the header."""

import pytest

from iot.services import access
from iot.services.call import call
from tests.gateway.conftest import SCOPE, Cloud, until
from tests.gateway.raw import client_context, connect, packet, text
from tests.gateway.test_http import make_key
from tests.gateway.web import Socket, browse, dial_socket, presigned_target, signed_headers


async def socket_of(cloud: Cloud) -> Socket:
    return await dial_socket(cloud.https_port, client_context(cloud.directory / "ca.pem"))


def url(cloud: Cloud, *, port: bool = True) -> str:
    return f"wss://localhost:{cloud.https_port}/mqtt" if port else "wss://localhost/mqtt"


@pytest.mark.parametrize("token", ["", "a+token/="])
@pytest.mark.parametrize("port", [True, False])
async def test_a_signed_query_opens_a_conversation(cloud: Cloud, token: str, port: bool) -> None:
    key = await make_key()
    socket = await socket_of(cloud)
    target = presigned_target(key, url(cloud, port=port), token=token.replace("+", "%2B").replace("/", "%2F"))
    assert await socket.open(target, host=f"localhost:{cloud.https_port}") == 101
    socket.send(connect("browser"))
    answer = await socket.receive()
    assert answer[0] == 0x20
    assert answer[3] == 0
    socket.send(packet(0x82, b"\0\1\0" + text("page/#") + b"\1") + packet(0x30, text("page/1") + b"\0" + b"hello"))
    received = b""
    while not received.endswith(b"hello"):
        received += await socket.receive()
    event = await cloud.event("$aws/events/presence/connected/browser")
    assert event["principalIdentifier"] == key[0]


async def test_a_signed_header_opens_a_conversation(cloud: Cloud) -> None:
    key = await make_key()
    socket = await socket_of(cloud)
    headers = signed_headers(key, "GET", url(cloud).replace("wss", "https"))
    headers.pop("host")
    assert await socket.open("/mqtt", host=f"localhost:{cloud.https_port}", headers=headers) == 101


async def test_a_packet_may_come_in_several_frames(cloud: Cloud) -> None:
    socket = await socket_of(cloud)
    await socket.open(presigned_target(await make_key(), url(cloud)), host=f"localhost:{cloud.https_port}")
    for byte in connect("split"):
        socket.send(bytes([byte]))
    assert (await socket.receive())[0] == 0x20


async def test_a_close_frame_is_the_clients_own_end(cloud: Cloud) -> None:
    socket = await socket_of(cloud)
    await socket.open(presigned_target(await make_key(), url(cloud)), host=f"localhost:{cloud.https_port}")
    socket.send(connect("closer", will=("closer/will", b"gone")))
    await socket.receive()
    socket.close()
    await cloud.event("$aws/events/presence/disconnected/closer", disconnectReason="CLIENT_INITIATED_DISCONNECT")
    assert not any(message.topic == "closer/will" for message in cloud.heard)


async def test_a_wrong_signature_is_refused(cloud: Cloud) -> None:
    key = await make_key()
    socket = await socket_of(cloud)
    target = presigned_target((key[0], "not the secret"), url(cloud))
    assert await socket.open(target, host=f"localhost:{cloud.https_port}") == 403
    await until(lambda: any(message.topic == "$seen/refused" for message in cloud.heard))


@pytest.mark.parametrize("header", [{"host": "a\xff"}, {"sec-websocket-extensions": "\xff"}, {"host": "x" * 260}])
async def test_a_handshake_that_cannot_be_read_is_refused(cloud: Cloud, header: dict[str, str]) -> None:
    given = signed_headers(await make_key(), "GET", url(cloud).replace("wss", "https"))
    upgrade = {
        "upgrade": "websocket",
        "connection": "upgrade",
        "sec-websocket-version": "13",
        "sec-websocket-key": "eA==",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in {**given, **upgrade, **header}.items())
    browser = await browse(cloud.https_port, client_context(cloud.directory / "ca.pem"))
    browser.writer.write(f"GET /mqtt HTTP/1.1\r\n{head}\r\n".encode("latin-1"))
    assert (await browser.reader.readline()).startswith(b"HTTP/1.1 400")


async def test_sockets_are_served_at_one_path(cloud: Cloud) -> None:
    socket = await socket_of(cloud)
    assert await socket.open("/elsewhere") == 404


async def test_a_connection_that_has_served_requests_becomes_no_socket(cloud: Cloud) -> None:
    key = await make_key()
    browser = await browse(cloud.https_port, client_context(cloud.directory / "ca.pem"))
    headers = signed_headers(key, "POST", url(cloud).replace("wss", "https").replace("/mqtt", "/topics/served"))
    assert (await browser.ask("POST", "/topics/served", headers=headers)).status == 200
    socket = Socket(browser.reader, browser.writer)
    assert await socket.open(presigned_target(key, url(cloud)), host=f"localhost:{cloud.https_port}") == 400


async def test_a_key_that_is_switched_off_behind_the_upgrade_does_not_connect(cloud: Cloud) -> None:
    key = await make_key()
    witness, late = await socket_of(cloud), await socket_of(cloud)
    for socket in (witness, late):
        await socket.open(presigned_target(key, url(cloud)), host=f"localhost:{cloud.https_port}")
    witness.send(connect("witness"))
    await witness.receive()
    await call(access.set_access_key_active, SCOPE.account, key[0], active=False)
    assert (await witness.receive())[:1] == b"\xe0"  # the gateway has heard of it
    late.send(connect("late"))
    answer = await late.receive()
    assert (answer[0], answer[3]) == (0x20, 0x87)


async def test_a_key_that_is_switched_off_ends_its_connections(cloud: Cloud) -> None:
    key = await make_key()
    socket = await socket_of(cloud)
    await socket.open(presigned_target(key, url(cloud)), host=f"localhost:{cloud.https_port}")
    socket.send(connect("switched"))
    await socket.receive()
    await call(access.set_access_key_active, SCOPE.account, key[0], active=False)
    assert (await socket.receive())[:1] == b"\xe0"
    await cloud.event("$aws/events/presence/disconnected/switched", disconnectReason="AUTH_ERROR")
