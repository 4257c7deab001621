"""TLS records, the fast way and the slow way, against a client of OpenSSL in memory."""

import contextlib
from pathlib import Path

import pytest
from OpenSSL import SSL

from iot.gateway.records import FastRecords, Records, open_records
from iot.gateway.tls import make_context


def connect(authority: Path) -> tuple[SSL.Connection, SSL.Connection]:
    """Answer both ends of a finished handshake."""
    server = SSL.Connection(make_context(authority / "pki" / "server.pem", authority / "pki" / "server.key"), None)
    client = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), None)
    server.set_accept_state()
    client.set_connect_state()
    for _ in range(6):
        for one, other in ((client, server), (server, client)):
            with contextlib.suppress(SSL.WantReadError):
                one.do_handshake()
            if data := Records(one).drain():
                other.bio_write(data)
    return client, server


def receive(client: SSL.Connection, data: bytes) -> bytes:
    client.bio_write(data)
    parts = []
    try:
        while True:
            parts.append(client.recv(65_536))
    except SSL.WantReadError:
        return b"".join(parts)


def send(client: SSL.Connection, data: bytes) -> bytes:
    client.sendall(data)
    return Records(client).drain()


@pytest.mark.parametrize("kind", [Records, FastRecords])
@pytest.mark.parametrize("size", [1, 100, 16_384, 16_385, 200_000])
def test_bytes_go_both_ways(authority: Path, kind: type[Records], size: int) -> None:
    client, server = connect(authority)
    records, message = kind(server), b"x" * size
    assert records.decrypt(send(client, message)) == (message, False)
    assert receive(client, records.encrypt(message)) == message


@pytest.mark.parametrize("kind", [Records, FastRecords])
def test_a_record_may_come_in_pieces_and_several_at_once(authority: Path, kind: type[Records]) -> None:
    client, server = connect(authority)
    records = kind(server)
    data = send(client, b"first") + send(client, b"second")
    received = [records.decrypt(data[index : index + 1])[0] for index in range(len(data))]
    assert [one for one in received if one] == [b"first", b"second"]
    assert records.decrypt(send(client, b"a") + send(client, b"b") + send(client, b"c")) == (b"abc", False)
    assert records.decrypt(b"") == (b"", False)
    assert records.encrypt(b"") == b""


@pytest.mark.parametrize("kind", [Records, FastRecords])
def test_the_end_of_the_peers_side_is_told(authority: Path, kind: type[Records]) -> None:
    client, server = connect(authority)
    last = send(client, b"last")
    client.shutdown()
    assert kind(server).decrypt(last + Records(client).drain()) == (b"last", True)


@pytest.mark.parametrize("kind", [Records, FastRecords])
def test_a_forged_record_is_an_error(authority: Path, kind: type[Records]) -> None:
    client, server = connect(authority)
    data = bytearray(send(client, b"hello"))
    data[-1] ^= 1
    with pytest.raises(SSL.Error):
        kind(server).decrypt(bytes(data))


@pytest.mark.parametrize("kind", [Records, FastRecords])
def test_after_our_own_end_nothing_is_sent(authority: Path, kind: type[Records]) -> None:
    _, server = connect(authority)
    records = kind(server)
    server.shutdown()
    records.drain()
    with pytest.raises(SSL.Error):
        records.encrypt(b"too late")


@pytest.mark.parametrize("kind", [Records, FastRecords])
def test_buffers_of_the_handshake_are_given_back_without_harm(authority: Path, kind: type[Records]) -> None:
    client, server = connect(authority)
    records = kind(server)
    half = send(client, b"half")
    records.decrypt(half[:3])
    records.compact()
    assert records.decrypt(half[3:]) == (b"half", False)
    records.compact()
    assert records.decrypt(send(client, b"up")) == (b"up", False)
    assert receive(client, records.encrypt(b"down")) == b"down"
    assert records.decrypt(b"") == (b"", False)


def test_the_fast_way_is_taken_where_there_is_one(authority: Path) -> None:
    _, server = connect(authority)
    assert isinstance(open_records(server), FastRecords)
