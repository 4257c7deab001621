"""Produces the output to a topic of Apache Kafka."""

import asyncio
import hashlib
import json
import time
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.helpers import create_ssl_context

from iot.rules.action import Action, ActionError, Failed, Fired, Parameters, Render, Request, Templates, register
from iot.rules.targets import Targets
from iot.rules.web import RequestFailed

DEFAULT_PORT = 9092
SECONDS = 10.0
IDLE_SECONDS = 300.0
MAXIMUM_HEADERS = 100
_ACKNOWLEDGEMENTS = {"0": 0, "1": 1, "all": "all", "-1": "all"}


def prepare(parameters: Parameters, templates: Templates) -> Render:
    topic, key, partition = templates.text("topic"), templates.optional("key"), templates.optional("partition")
    given = parameters.get("headers") or ()
    headers = [(templates.of(str(one["key"])), templates.of(str(one["value"]))) for one in given]
    properties = {name: templates.of(str(value)) for name, value in parameters["clientProperties"].items()}
    if len(headers) > MAXIMUM_HEADERS:
        raise ActionError(f"A Kafka action has at most {MAXIMUM_HEADERS} headers")

    def render(fired: Fired) -> list[Request]:
        run = fired.run
        return [
            {
                "topic": topic(run),
                "key": None if key is None else key(run),
                "partition": None if partition is None else _partition(partition(run)),
                "headers": [[name(run), value(run)] for name, value in headers],
                "value": fired.body,
                "client": {name: value(run) for name, value in properties.items()},
            }
        ]

    return render


def _partition(text: str) -> int:
    if not text.isdecimal():
        raise ActionError(f"A partition is a number, not {text!r}")
    return int(text)


class _Producers:
    """The producers of this process, one a set of client properties, closed after a while without use."""

    def __init__(self) -> None:
        self._producers: dict[str, tuple[AIOKafkaProducer, float]] = {}
        self._starting = asyncio.Lock()

    async def find(self, targets: Targets, properties: dict[str, str]) -> AIOKafkaProducer:
        name = hashlib.sha256(json.dumps(properties, sort_keys=True).encode()).hexdigest()
        async with self._starting:
            await self._close_idle()
            found = self._producers.get(name)
            producer = await _start(targets, properties) if found is None else found[0]
            self._producers[name] = (producer, time.monotonic())
        return producer

    async def _close_idle(self) -> None:
        for name, (producer, used) in list(self._producers.items()):
            if time.monotonic() - used > IDLE_SECONDS:
                del self._producers[name]
                await producer.stop()


_by_loop: dict[int, _Producers] = {}


async def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    producers = _by_loop.setdefault(id(asyncio.get_running_loop()), _Producers())
    try:
        async with asyncio.timeout(SECONDS):
            producer = await producers.find(targets, requests[0]["client"])
            futures = [await _produce(producer, request) for request in requests]
            results = await asyncio.gather(*futures, return_exceptions=True)
    except (KafkaError, RequestFailed, TimeoutError, OSError) as error:
        return [Failed(f"{type(error).__name__}: {error}")] * len(requests)
    except (ValueError, AssertionError) as error:
        return [Failed(f"{type(error).__name__}: {error}", final=True)] * len(requests)
    return [_failure(result) for result in results]


async def _produce(producer: AIOKafkaProducer, request: Request) -> "asyncio.Future[Any]":
    future: asyncio.Future[Any] = await producer.send(
        request["topic"],
        request["value"],
        key=None if request["key"] is None else request["key"].encode(),
        partition=request["partition"],
        headers=[(name, value.encode()) for name, value in request["headers"]],
    )
    return future


def _failure(result: Any) -> Failed | None:
    if not isinstance(result, BaseException):
        return None
    return Failed(f"{type(result).__name__}: {result}", final=not getattr(result, "retriable", True))


async def _start(targets: Targets, properties: dict[str, str]) -> AIOKafkaProducer:
    servers = properties.get("bootstrap.servers", "")
    for server in servers.split(","):
        host, _, port = server.strip().rpartition(":")
        await asyncio.to_thread(
            targets.web.addresses, host or port, int(port) if host and port.isdecimal() else DEFAULT_PORT
        )
    protocol = properties.get("security.protocol", "SSL")
    compression = properties.get("compression.type", "none")
    producer = AIOKafkaProducer(
        bootstrap_servers=servers,
        acks=_ACKNOWLEDGEMENTS.get(properties.get("acks", "1"), 1),
        compression_type=None if compression == "none" else compression,
        security_protocol=protocol,
        ssl_context=create_ssl_context() if "SSL" in protocol.split("_") else None,
        request_timeout_ms=int(SECONDS * 1000),
        **_authentication(properties),
    )
    try:
        await producer.start()
    except BaseException:
        await producer.stop()
        raise
    return producer


def _authentication(properties: dict[str, str]) -> dict[str, str]:
    mechanism = properties.get("sasl.mechanism")
    if mechanism is None:
        return {}
    kind = "scram" if mechanism.startswith("SCRAM") else "plain"
    return {
        "sasl_mechanism": mechanism,
        "sasl_plain_username": properties.get(f"sasl.{kind}.username", ""),
        "sasl_plain_password": properties.get(f"sasl.{kind}.password", ""),
    }


register(
    Action(
        name="kafka",
        title="KafkaAction",
        prepare=prepare,
        resource=lambda parameters: str(parameters.get("topic", "")),
        send=send,
        lane=lambda request: json.dumps(request["client"], sort_keys=True),
        batch=500,
        batch_bytes=1024 * 1024,
        concurrency=1,
    )
)
