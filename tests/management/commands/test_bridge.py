"""The bridge as a process of its own: what it does from its start to its end, and what a killed one leaves."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from iot.bridge.client import Client
from iot.core.message import Message
from tests.running_broker import running_broker

ROOT = Path(__file__).resolve().parents[3]
DEADLINE = 60.0
RULE = (
    "from django.conf import settings; from iot.services import topic_rules; "
    "topic_rules.create_topic_rule(settings.SCOPE, rule_name='r', topic_rule_payload={"
    "'sql': \"SELECT n FROM 'in/#'\", 'actions': [{'republish': {'topic': 'out', 'qos': 1, 'roleArn': 'role'}}]})"
)

KEEP = (
    "from django.conf import settings; from iot.core.message import Message; from iot.services import rule_failures; "
    "from iot.rules.packing import pack_request; "
    "request = pack_request({'topic': 'TOPIC', 'payload': b'kept', 'qos': 1, 'hops': 1}); "
    "rule_failures.record(settings.SCOPE, [rule_failures.Failure("
    "'r', 'republish', 0, 'TOPIC', '', Message('in', b''), request, 'it failed', dead=False, due_at_once=True)])"
)
END_LEASE = "from iot.models import RuleFailure; RuleFailure.objects.update(leased_until=0)"
UPDATE = (
    "from django.conf import settings; from iot.services import shadows; "
    'shadows.update_thing_shadow(settings.SCOPE, thing_name=\'o\', payload=b\'{"state":{"reported":{"n":1}}}\')'
)


class Bridge:
    """A bridge with a broker and a database of its own."""

    def __init__(self, url: str, data: Path) -> None:
        self.url = url
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
            "DJANGO_SETTINGS_MODULE": "console.settings",
            "THINGSTEAD_DATA": str(data),
            "BROKER_URL": url,
        }
        self.manage("migrate", "-v0")
        self.shell(RULE)

    def manage(self, *arguments: str, crash_at: str = "") -> int:
        environment = {**self.environment, "THINGSTEAD_CRASH_AT": crash_at}
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, check=not crash_at).returncode

    def shell(self, program: str, *, crash_at: str = "") -> int:
        return self.manage("shell", "-v0", "-c", program, crash_at=crash_at)

    def start(self, *, crash_at: str = "") -> "subprocess.Popen[str]":
        """Start it, and wait until it is ready."""
        process = subprocess.Popen(
            [sys.executable, "manage.py", "bridge"],
            cwd=ROOT,
            env={**self.environment, "THINGSTEAD_CRASH_AT": crash_at},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        # One that is to die may do so before it is ready.
        assert process.stdout.readline().startswith("ready") or crash_at
        return process


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    with running_broker() as url:
        yield Bridge(url, tmp_path_factory.mktemp("data"))


@contextlib.contextmanager
def started(bridge: Bridge, **more: Any) -> Iterator["subprocess.Popen[str]"]:
    process = bridge.start(**more)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


@contextlib.asynccontextmanager
async def listening(url: str, *filters: str) -> AsyncIterator[tuple[Client, list[Message]]]:
    got: list[Message] = []

    async def handle(message: Message) -> None:
        got.append(message)

    client = Client(url, "$bridge-test", on_message=handle)
    await client.connect()
    await client.subscribe(*filters)
    try:
        yield client, got
    finally:
        await client.close()


async def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_it_runs_rules_and_answers_shadows_and_ends_in_two_seconds(bridge: Bridge) -> None:
    with started(bridge) as process:
        async with listening(bridge.url, "out", "$aws/things/t/shadow/update/accepted") as (client, got):
            await client.publish(Message("in/a", b'{"n":1}', 1))
            await client.publish(Message("$aws/things/t/shadow/update", b'{"state":{"reported":{"n":2}}}', 1))
            await until(lambda: len(got) == 2)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        # Two seconds on a quiet machine; a busy one may take longer to get to it.
        assert time.monotonic() - begun < 6
    assert {one.topic: orjson.loads(one.payload).get("version", 0) for one in got} == {
        "out": 0,
        "$aws/things/t/shadow/update/accepted": 1,
    }


async def test_what_comes_while_it_is_away_is_worked_on_when_it_is_back(bridge: Bridge) -> None:
    async with listening(bridge.url, "out") as (client, got):
        await client.publish_all([Message("in/a", b'{"n":%d}' % number, 1) for number in range(200)])
        with started(bridge):
            await until(lambda: len(got) == 200)
    assert [orjson.loads(one.payload)["n"] for one in got] == list(range(200))


async def test_killed_after_its_work_and_before_the_acknowledgement_it_does_the_work_again(bridge: Bridge) -> None:
    """Crash point after-work: the update is committed and answered, its request comes again, and nothing is lost."""
    update = Message("$aws/things/c/shadow/update", b'{"state":{"reported":{"n":1}}}', 1)
    async with listening(bridge.url, "$aws/things/c/shadow/update/accepted") as (client, got):
        with started(bridge, crash_at="after-work") as process:
            await client.publish(update)
            assert process.wait(30) == -signal.SIGKILL
        with started(bridge):
            await until(lambda: len(got) >= 2)
    assert [orjson.loads(one.payload)["version"] for one in got] == [1, 2]


@pytest.mark.parametrize(("crash_at", "times"), [("after-claim", 1), ("after-action", 2)])
async def test_killed_while_it_tries_again_it_tries_once_more(bridge: Bridge, crash_at: str, times: int) -> None:
    topic = f"kept/{crash_at}"
    async with listening(bridge.url, topic) as (_, got):
        bridge.shell(KEEP.replace("TOPIC", topic))
        with started(bridge, crash_at=crash_at) as process:
            assert process.wait(60) == -signal.SIGKILL
        bridge.shell(END_LEASE)
        with started(bridge):
            await until(lambda: len(got) == times)
    assert {one.payload for one in got} == {b"kept"}


async def test_what_a_process_committed_and_did_not_publish_the_bridge_publishes(bridge: Bridge) -> None:
    async with listening(bridge.url, "$aws/things/o/shadow/update/accepted") as (_, got):
        assert bridge.shell(UPDATE, crash_at="after-commit") == -signal.SIGKILL
        with started(bridge):
            await until(lambda: got)
    assert [orjson.loads(one.payload)["version"] for one in got] == [1]
