import base64
import contextlib
import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest

from iot.core.sql import NoPorts
from iot.rules.action import ActionError, Failed
from iot.rules.actions import kafka
from iot.rules.actions.kafka import send
from iot.rules.packing import pack_request
from iot.rules.targets import Targets
from iot.services.web import NotAllowed
from tests.rules.kafka_broker import Broker, Record, broker
from tests.rules.running import ROLE, fire, message, rule
from tests.rules.stores import Stores, make_stores
from tests.running_broker import free_port


@pytest.fixture(scope="module")
def stores() -> Stores:
    return make_stores()


VPC = "arn:aws:iot:us-east-1:123456789012:ruledestination/vpc/00000000-0000-4000-8000-000000000001"


def made(
    port: int, of: Any, client: dict[str, str] | None = None, ports: Any = None, **more: Any
) -> list[dict[str, Any]]:
    properties = {"bootstrap.servers": f"127.0.0.1:{port}", "security.protocol": "PLAINTEXT", **(client or {})}
    given = {"destinationArn": VPC, "topic": "${topic(2)}-readings", "clientProperties": properties, **more}
    bound = rule({"kafka": given}).actions[0]
    return bound.render(fire(bound.rule, message(of), ports))


@contextlib.asynccontextmanager
async def running(tls: ssl.SSLContext | None = None, login: tuple[bytes, bytes] = (b"", b"")) -> AsyncIterator[Broker]:
    """A broker; at the end the producers that were made for it are stopped."""
    async with broker(tls, login) as started:
        try:
            yield started
        finally:
            for producers in kafka._by_loop.values():
                for producer, _ in producers._producers.values():
                    await producer.stop()
            kafka._by_loop.clear()


async def test_records_arrive_with_key_partition_and_headers(targets: Targets) -> None:
    async with running() as started:
        more: dict[str, Any] = {
            "key": "${clientid()}",
            "partition": "${n}",
            "headers": [{"key": "h-${n}", "value": "${topic()}"}],
        }
        wanted = [made(started.port, {"n": number}, **more)[0] for number in (1, 2)]
        assert await send(targets, wanted) == [None, None]
    assert sorted(started.records, key=lambda one: one.partition) == [
        Record("a-readings", number, b"device-1", b'{"n":%d}' % number, ((f"h-{number}", b"dt/a/x"),))
        for number in (1, 2)
    ]


@pytest.mark.parametrize("compression", ["none", "gzip", "snappy", "lz4", "zstd"])
async def test_compressed_records_arrive_whole(targets: Targets, compression: str) -> None:
    async with running() as started:
        client = {"compression.type": compression, "acks": "all"}
        wanted = [made(started.port, {"n": number}, client)[0] for number in range(20)]
        assert await send(targets, wanted) == [None] * 20
    assert {one.value for one in started.records} == {b'{"n":%d}' % number for number in range(20)}


async def test_a_broker_that_refuses_a_record_fails_it(targets: Targets) -> None:
    async with running() as started:
        started.error = 10  # MESSAGE_TOO_LARGE
        (failed,) = await send(targets, made(started.port, {"n": 1}))
    assert failed is not None
    assert "MessageSizeTooLarge" in failed.reason
    assert failed.final


async def test_a_broker_that_cannot_be_reached_is_tried_again(targets: Targets) -> None:
    results: list[Failed | None] = await send(targets, made(free_port(), {"n": 1}))
    assert [one is not None and not one.final for one in results] == [True]
    kafka._by_loop.clear()


async def test_a_broker_at_a_private_address_is_refused_unless_trusted(targets: Targets) -> None:
    wanted = made(9092, {"n": 1}, {"bootstrap.servers": "10.0.0.1:9092"})
    with pytest.raises(NotAllowed, match="not a public one"):
        await send(targets, wanted)
    kafka._by_loop.clear()


def test_a_partition_is_a_number() -> None:
    with pytest.raises(ActionError, match="number"):
        made(1, {"n": 1}, partition="${topic()}")


def test_more_than_a_hundred_headers_are_refused() -> None:
    with pytest.raises(ActionError, match="100 headers"):
        made(1, {}, headers=[{"key": "k", "value": "v"}] * 101)


def test_passwords_go_with_their_mechanism() -> None:
    properties = {"sasl.mechanism": "SCRAM-SHA-512", "sasl.scram.username": "u", "sasl.scram.password": "p"}
    assert kafka._authentication(properties) == {
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "u",
        "sasl_plain_password": "p",
    }
    with pytest.raises(ActionError, match="GSSAPI"):
        kafka._authentication({"sasl.mechanism": "GSSAPI"})


class Secrets(NoPorts):
    """The secrets manager of a test: key stores as binary secrets, passwords as text."""

    def __init__(self, binary: bytes = b"", text: str = "") -> None:
        self._binary, self._text = binary, text

    def get_secret(self, secret_id: str, kind: str, key: str | None, role_arn: str) -> Any:
        return base64.b64encode(self._binary).decode() if kind == "SecretBinary" else self._text


def secret(kind: str) -> str:
    return f"${{get_secret('kafka', '{kind}', '{ROLE}')}}"


async def test_secrets_open_the_stores_of_a_connection_with_tls_and_are_not_shown(
    targets: Targets, stores: Stores
) -> None:
    ports = Secrets(stores.client, "store-password")
    client = {
        "security.protocol": "SSL",
        "ssl.truststore": base64.b64encode(stores.trust).decode(),
        "ssl.truststore.password": "store-password",
        "ssl.keystore": secret("SecretBinary"),
        "ssl.keystore.password": secret("SecretString"),
    }
    async with running(stores.server_context) as started:
        wanted = [made(started.port, {"n": number}, client, ports)[0] for number in (1, 2)]
        assert kafka.lane(wanted[0]) == kafka.lane(wanted[1])
        assert await send(targets, wanted) == [None, None]
    assert len(started.records) == 2
    packed = pack_request(wanted[0]).decode()
    assert "store-password" not in packed
    assert client["ssl.truststore"][:40] not in packed


async def test_a_client_without_the_trust_store_does_not_trust_the_broker(targets: Targets, stores: Stores) -> None:
    async with running(stores.server_context) as started:
        (failed,) = await send(targets, made(started.port, {"n": 1}, {"security.protocol": "SSL"}))
    assert failed is not None
    assert started.records == []


@pytest.mark.parametrize(("password", "records"), [("right", 1), ("wrong", 0)])
async def test_a_user_logs_in_with_the_password_of_a_secret(targets: Targets, password: str, records: int) -> None:
    client = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.plain.username": "ann",
        "sasl.plain.password": secret("SecretString"),
    }
    async with running(login=(b"ann", b"right")) as started:
        wanted = made(started.port, {"n": 1}, client, Secrets(text=password))
        results = await send(targets, wanted)
    assert [one is None for one in results] == [bool(records)]
    assert len(started.records) == records
    assert password.encode() not in pack_request(wanted[0])


async def test_secrets_that_another_key_has_sealed_are_not_used(targets: Targets) -> None:
    (wanted,) = made(9092, {"n": 1}, {"sasl.plain.password": "p"})
    with pytest.raises(ActionError, match="another key"):
        await send(targets, [{**wanted, "sealed": "x"}])


@pytest.mark.parametrize("client", [{"security.protocol": "TLS"}, {"compression.type": "brotli"}])
async def test_a_property_that_no_client_has_is_final(targets: Targets, client: dict[str, str]) -> None:
    results = await carried_out(targets, made(9092, {"n": 1}, client))
    assert [one is not None and one.final for one in results] == [True]


async def carried_out(targets: Targets, wanted: list[dict[str, Any]]) -> list[Failed | None]:
    try:
        return await send(targets, wanted)
    except ActionError as error:
        return [Failed(str(error), final=True)]
