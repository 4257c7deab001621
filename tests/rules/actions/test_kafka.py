import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from iot.rules.action import ActionError, Failed
from iot.rules.actions import kafka
from iot.rules.actions.kafka import send
from iot.rules.targets import Targets
from tests.rules.kafka_broker import Broker, Record, broker
from tests.rules.running import message, requests
from tests.running_broker import free_port

VPC = "arn:aws:iot:us-east-1:123456789012:ruledestination/vpc/00000000-0000-4000-8000-000000000001"


def made(port: int, of: Any, client: dict[str, str] | None = None, **more: Any) -> list[dict[str, Any]]:
    properties = {"bootstrap.servers": f"127.0.0.1:{port}", "security.protocol": "PLAINTEXT", **(client or {})}
    given = {"destinationArn": VPC, "topic": "${topic(2)}-readings", "clientProperties": properties, **more}
    return requests({"kafka": given}, message(of))


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[Broker]:
    """A broker; at the end the producers that were made for it are stopped."""
    async with broker() as started:
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


@pytest.mark.parametrize("compression", ["none", "gzip"])
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
    with pytest.raises(ActionError, match="not a public one"):
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
    assert kafka._authentication({}) == {}
