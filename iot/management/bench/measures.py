"""What is measured, one function each: it runs a load once and answers a rate, and seconds where it is a latency."""

import asyncio
import json
import ssl
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from iot.core.message import Message
from iot.core.mqtt.packets import Publish
from iot.core.policy.document import compile_policy
from iot.core.policy.evaluate import PolicySet
from iot.core.policy.variables import make_context
from iot.core.sql import Environment, Input, compile_statement
from iot.management.bench import http, queue
from iot.management.bench.blast import Publisher, Route, Subscriber
from iot.management.bench.installation import Installation
from iot.management.devices.client import Device, tls

ROLE = "arn:aws:iam::123456789012:role/bench"
PUBLISHERS = 20
WINDOW = 50
DRAIN_SECONDS = 120.0
PACE = 500
THINGS = 50
HTTP_CONNECTIONS = 32
EVALUATIONS = 20_000


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: how many a second, and how long single ones took; `more` is what else was seen, by name."""

    rate: float
    seconds: Sequence[float] = ()
    more: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Load:
    """An installation, the port of a broker alone with TLS of its own, and how much to send to each."""

    installation: Installation
    alone_port: int
    messages: int
    context: ssl.SSLContext = field(init=False)

    def __post_init__(self) -> None:
        place = self.installation
        object.__setattr__(self, "context", tls(place.ca, place.certificate, place.key))

    @property
    def gateway(self) -> Route:
        return Route(self.installation.mqtt_port, self.context)

    @property
    def alone(self) -> Route:
        return Route(self.alone_port, self.context)

    @property
    def broker(self) -> Route:
        place = self.installation
        return Route(place.broker_port, None, place.broker_user, place.broker_password.encode())


Measure = Callable[[Load], Awaitable[Sample]]


def payload(number: int) -> bytes:
    """Write a device's message; `n` counts up to the window and begins again."""
    return b'{"n":%d,"temperature":21.5,"humidity":40,"site":"north","state":"running"}' % number


async def publish(load: Load) -> Sample:
    """Publish with QoS 1 and nobody who subscribes."""
    return await _publish(load, load.gateway)


async def publish_straight(load: Load) -> Sample:
    return await _publish(load, load.broker)


async def publish_alone(load: Load) -> Sample:
    return await _publish(load, load.alone)


async def deliver(load: Load) -> Sample:
    """Publish with QoS 1 to one subscriber; the time counts until the last message has arrived."""
    return await _deliver(load, load.gateway)


async def deliver_straight(load: Load) -> Sample:
    return await _deliver(load, load.broker)


async def deliver_alone(load: Load) -> Sample:
    return await _deliver(load, load.alone)


async def match(load: Load) -> Sample:
    """Publish to a rule whose WHERE lets one of 50 through; each of the 50 is parsed and evaluated."""
    async with _rule(load, "SELECT n, topic() AS topic FROM '{topic}' WHERE n = 1") as (topic, out):
        return await _through(load, load.gateway, topic, out, share=WINDOW)


async def republish(load: Load) -> Sample:
    """Publish to a rule that projects and republishes each message to a subscriber."""
    async with _rule(load, "SELECT n, temperature AS t, topic() AS topic FROM '{topic}'") as (topic, out):
        return await _through(load, load.gateway, topic, out)


async def send_to_queue(load: Load) -> Sample:
    """Publish to a rule that sends each message to a queue of SQS; the time counts until the last has arrived."""
    port, found = load.installation.queue_port, _Arrivals()
    action = {"sqs": {"roleArn": ROLE, "queueUrl": f"http://127.0.0.1:{port}/1/bench"}}
    async with (
        queue.serve(port, found.add),
        _rule(load, "SELECT n, temperature AS t FROM '{topic}'", action) as (topic, _),
    ):
        publishers = await _publishers(load, load.gateway, topic)
        await _until_it_flows(publishers[0], found)
        before, started = found.count, time.perf_counter()
        await _send(load, publishers)
        async with asyncio.timeout(DRAIN_SECONDS):
            while found.count < before + load.messages:  # noqa: ASYNC110  # looking now and then disturbs least
                await asyncio.sleep(0.01)
    return Sample(load.messages / (found.last - started))


@dataclass(slots=True)
class _Arrivals:
    """How many messages a queue has taken, and when the last."""

    count: int = 0
    last: float = 0.0

    def add(self, bodies: list[str]) -> None:
        self.count, self.last = self.count + len(bodies), time.perf_counter()


async def deliver_latency(load: Load) -> Sample:
    """Publish 500 messages a second to a subscriber, at an even pace."""
    topic = _topic()
    return await _paced(load, topic, topic)


async def deliver_latency_alone(load: Load) -> Sample:
    topic = _topic()
    return await _paced(load, topic, topic, load.alone_port)


async def republish_latency(load: Load) -> Sample:
    """The same through a rule that republishes."""
    async with _rule(load, "SELECT * FROM '{topic}'") as (topic, out):
        return await _paced(load, topic, out)


async def shadow_mqtt(load: Load) -> Sample:
    """Update shadows over MQTT and wait for `accepted`; each thing has one update on its way at a time."""
    count = max(1, load.messages // 4 // THINGS)
    taken: list[float] = []
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(THINGS):
            group.create_task(_update_shadow(load, count, taken))
    return Sample(len(taken) / (time.perf_counter() - started), taken)


async def shadow_update_http(load: Load) -> Sample:
    """UpdateThingShadow over HTTP, each request signed."""
    place, run = load.installation, uuid.uuid4().hex[:8]
    body = b'{"state":{"reported":{"temperature":21.5,"humidity":40}}}'
    paths = [f"/things/{run}-{number % THINGS}/shadow" for number in range(_fewer(load))]
    return await _http(load, [http.sign(place, "iotdata", "POST", path, body) for path in paths])


async def shadow_get_http(load: Load) -> Sample:
    """GetThingShadow over HTTP, each request signed."""
    place, name = load.installation, f"get-{uuid.uuid4().hex[:8]}"
    place.client("iot-data").update_thing_shadow(thingName=name, payload=b'{"state":{"reported":{"a":1}}}')
    return await _http(load, [http.sign(place, "iotdata", "GET", f"/things/{name}/shadow")] * _fewer(load))


async def create_thing(load: Load) -> Sample:
    """CreateThing over HTTP, each request signed."""
    place, run = load.installation, uuid.uuid4().hex[:8]
    body = b'{"attributePayload":{"attributes":{"site":"north"}}}'
    paths = [f"/things/{run}-{number}" for number in range(_fewer(load))]
    return await _http(load, [http.sign(place, "iot", "POST", path, body) for path in paths])


async def describe_thing(load: Load) -> Sample:
    """DescribeThing over HTTP, each request signed."""
    place, name = load.installation, f"read-{uuid.uuid4().hex[:8]}"
    place.client("iot").create_thing(thingName=name)
    return await _http(load, [http.sign(place, "iot", "GET", f"/things/{name}")] * _fewer(load))


async def evaluate_sql(load: Load) -> Sample:
    """Evaluate a rule with four fields and a WHERE, in this process."""
    statement = compile_statement(
        "SELECT temperature, humidity, site AS place, topic(2) AS thing FROM 'devices/+/telemetry' WHERE humidity > 20"
    )
    environment = Environment(lambda: 0, lambda: "", lambda: 0.5, "123456789012")
    message = Message("devices/one/telemetry", payload(1))

    def once() -> None:
        statement.evaluate(Input(message), environment).output_bytes()

    return _repeat(once)


async def decide(load: Load) -> Sample:
    """Decide on a publish by a policy with variables, nothing remembered, in this process."""
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "iot:Connect", "Resource": "arn:aws:iot:us-east-1:1:client/${iot:ClientId}"},
            {
                "Effect": "Allow",
                "Action": "iot:Publish",
                "Resource": "arn:aws:iot:us-east-1:1:topic/d/${iot:ClientId}/*",
            },
            {"Effect": "Deny", "Action": "iot:Publish", "Resource": "arn:aws:iot:us-east-1:1:topic/d/*/secret"},
        ],
    }
    policies = PolicySet([compile_policy(json.dumps(document))])
    context = make_context(client_id="one")
    return _repeat(lambda: policies.decide("iot:Publish", "arn:aws:iot:us-east-1:1:topic/d/one/t", context))


def _repeat(once: Callable[[], Any]) -> Sample:
    started = time.perf_counter()
    for _ in range(EVALUATIONS):
        once()
    return Sample(EVALUATIONS / (time.perf_counter() - started))


async def _publish(load: Load, route: Route) -> Sample:
    publishers = await _publishers(load, route, _topic())
    started = time.perf_counter()
    await _send(load, publishers)
    return Sample(load.messages / (time.perf_counter() - started))


async def _deliver(load: Load, route: Route) -> Sample:
    topic = _topic()
    return await _through(load, route, topic, topic)


async def _through(load: Load, route: Route, topic: str, out: str, share: int = 1) -> Sample:
    subscriber = Subscriber(f"bench-{uuid.uuid4().hex}", out)
    await subscriber.open(route)
    publishers = await _publishers(load, route, topic)
    await _until_it_flows(publishers[0], subscriber)
    before, started = subscriber.count, time.perf_counter()
    await _send(load, publishers)
    await subscriber.until(before + load.messages // share, DRAIN_SECONDS)
    seconds = subscriber.last - started
    subscriber.close()
    return Sample(load.messages / seconds)


async def _until_it_flows(publisher: Publisher, subscriber: Subscriber | _Arrivals) -> None:
    """Send a window at a time until one has arrived whole: a new rule takes a moment to be known."""
    count = -1
    while subscriber.count != count or not count:
        count = subscriber.count
        publisher.send(WINDOW)
        await publisher.done
        publisher.done = asyncio.get_running_loop().create_future()
        await asyncio.sleep(0.3)
        if subscriber.count > count:
            count = subscriber.count
            await asyncio.sleep(0.3)


async def _publishers(load: Load, route: Route, topic: str) -> list[Publisher]:
    run = uuid.uuid4().hex
    made = [Publisher(f"bench-{run}-{number}", topic, payload, WINDOW) for number in range(PUBLISHERS)]
    await asyncio.gather(*(one.open(route) for one in made))
    return made


async def _send(load: Load, publishers: Sequence[Publisher]) -> None:
    for one in publishers:
        one.send(load.messages // PUBLISHERS)
    await asyncio.gather(*(one.done for one in publishers))
    for one in publishers:
        one.close()


async def _paced(load: Load, topic: str, out: str, port: int | None = None) -> Sample:
    """Publish at an even pace; the payload says when, so that the receiver knows how long it took."""
    taken: list[float] = []

    def arrived(message: Publish) -> None:
        taken.append(time.perf_counter() - json.loads(message.payload)["at"])

    receiver, sender = await _device(load, arrived, port), await _device(load, None, port)
    await receiver.subscribe(out)
    while not taken:
        await sender.publish(topic, json.dumps({"at": time.perf_counter()}).encode())
        await asyncio.sleep(0.1)
    taken.clear()
    count, started = min(load.messages, PACE * 5), time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            await asyncio.sleep(started + number / PACE - time.perf_counter())
            group.create_task(sender.publish(topic, json.dumps({"at": time.perf_counter()}).encode()))
    async with asyncio.timeout(DRAIN_SECONDS):
        while len(taken) < count:  # noqa: ASYNC110  # looking now and then disturbs the measuring least
            await asyncio.sleep(0.01)
    await asyncio.gather(sender.close(), receiver.close())
    return Sample(PACE, taken)


async def _device(load: Load, arrived: Callable[[Publish], None] | None = None, port: int | None = None) -> Device:
    device = Device(f"bench-{uuid.uuid4().hex}", arrived)
    await device.connect("127.0.0.1", port or load.installation.mqtt_port, load.context, "localhost")
    return device


async def _update_shadow(load: Load, count: int, taken: list[float]) -> None:
    accepted = asyncio.Event()
    device = await _device(load, lambda message: accepted.set())
    topic = f"$aws/things/{device.client_id}/shadow/update"
    await device.subscribe(f"{topic}/accepted")
    for number in range(count):
        started = time.perf_counter()
        await device.publish(topic, b'{"state":{"desired":{"n":%d},"reported":{"temperature":21.5}}}' % number)
        async with asyncio.timeout(DRAIN_SECONDS):
            await accepted.wait()
        accepted.clear()
        taken.append(time.perf_counter() - started)
    await device.close()


async def _http(load: Load, requests: Sequence[bytes]) -> Sample:
    started = time.perf_counter()
    taken = await http.send(load.installation, requests, HTTP_CONNECTIONS)
    return Sample(len(taken) / (time.perf_counter() - started), taken)


@asynccontextmanager
async def _rule(load: Load, sql: str, action: dict[str, Any] | None = None) -> Any:
    name, topic = f"bench_{uuid.uuid4().hex}", _topic()
    out = f"{topic}/out"
    action = action or {"republish": {"roleArn": ROLE, "topic": out, "qos": 1}}
    iot = load.installation.client("iot")
    iot.create_topic_rule(ruleName=name, topicRulePayload={"sql": sql.format(topic=topic), "actions": [action]})
    try:
        yield topic, out
    finally:
        iot.delete_topic_rule(ruleName=name)


def _fewer(load: Load) -> int:
    return max(1, load.messages // 10)


def _topic() -> str:
    return f"bench/{uuid.uuid4().hex}"
