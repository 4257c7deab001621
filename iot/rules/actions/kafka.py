"""Produces the output to a topic of Apache Kafka."""

import asyncio
import hashlib
import json
import time
from functools import lru_cache
from ssl import SSLContext
from typing import Any
from weakref import WeakKeyDictionary

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from iot.rules.action import Action, ActionError, Failed, Fired, Parameters, Render, Request, Templates, register
from iot.rules.key_stores import client_context
from iot.rules.targets import Targets
from iot.services.access import seal, unseal
from iot.services.web import RequestFailed

DEFAULT_PORT = 9092
SECONDS = 10.0
IDLE_SECONDS = 300.0
MAXIMUM_HEADERS = 100
_ACKNOWLEDGEMENTS = {"0": 0, "1": 1, "all": "all", "-1": "all"}
_PROTOCOLS = ("SSL", "SASL_SSL", "PLAINTEXT", "SASL_PLAINTEXT")
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
# Any other may be a secret, and a request is kept in the database and shown to people.
_OPEN = frozenset(
    {
        "acks",
        "bootstrap.servers",
        "compression.type",
        "key.serializer",
        "sasl.mechanism",
        "security.protocol",
        "value.serializer",
    }
)


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
                **_client({name: value(run) for name, value in properties.items()}),
            }
        ]

    return render


def _client(properties: dict[str, str]) -> Request:
    hidden = {name: value for name, value in properties.items() if name not in _OPEN}
    shown = {name: value for name, value in properties.items() if name in _OPEN}
    return {"client": shown, "sealed": _sealed(json.dumps(hidden, sort_keys=True)) if hidden else ""}


@lru_cache(maxsize=256)
def _sealed(text: str) -> str:
    """The same for the same text, by which requests for one producer are known."""
    return seal(text)


def _properties(request: Request) -> dict[str, str]:
    hidden = unseal(request["sealed"]) if request["sealed"] else "{}"
    if not hidden:
        raise ActionError("The client's secrets were sealed with another key")
    return {**request["client"], **json.loads(hidden)}


def _partition(text: str) -> int:
    if not text.isdecimal():
        raise ActionError(f"A partition is a number, not {text!r}")
    return int(text)


def lane(request: Request) -> str:
    return json.dumps(request["client"], sort_keys=True) + str(request["sealed"])


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


_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, _Producers] = WeakKeyDictionary()


async def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    producers = _by_loop.setdefault(asyncio.get_running_loop(), _Producers())
    try:
        async with asyncio.timeout(SECONDS):
            producer = await producers.find(targets, _properties(requests[0]))
            futures = [await _produce(producer, request) for request in requests]
            results = await asyncio.gather(*futures, return_exceptions=True)
    except (KafkaError, RequestFailed, TimeoutError, OSError) as error:
        return [Failed(f"{type(error).__name__}: {error}")] * len(requests)
    except (ValueError, AssertionError, RuntimeError) as error:
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
    if protocol not in _PROTOCOLS:
        raise ActionError(f"The security.protocol {protocol} is none of {', '.join(_PROTOCOLS)}")
    compression = properties.get("compression.type", "none")
    producer = AIOKafkaProducer(
        bootstrap_servers=servers,
        acks=_ACKNOWLEDGEMENTS.get(properties.get("acks", "1"), 1),
        compression_type=None if compression == "none" else compression,
        security_protocol=protocol,
        ssl_context=await asyncio.to_thread(_context, properties) if protocol.endswith("SSL") else None,
        request_timeout_ms=int(SECONDS * 1000),
        **(_authentication(properties) if protocol.startswith("SASL") else {}),
    )
    try:
        await producer.start()
    except BaseException:
        await producer.stop()
        raise
    return producer


def _context(properties: dict[str, str]) -> SSLContext:
    return client_context(
        trust_store=properties.get("ssl.truststore", ""),
        trust_password=properties.get("ssl.truststore.password", ""),
        key_store=properties.get("ssl.keystore", ""),
        key_password=properties.get("ssl.key.password") or properties.get("ssl.keystore.password", ""),
    )


def _authentication(properties: dict[str, str]) -> dict[str, str]:
    mechanism = properties.get("sasl.mechanism", "PLAIN")
    if mechanism not in _MECHANISMS:
        raise ActionError(f"The sasl.mechanism {mechanism} is none of {', '.join(_MECHANISMS)}")
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
        lane=lane,
        batch=500,
        batch_bytes=1024 * 1024,
        concurrency=1,
    )
)
