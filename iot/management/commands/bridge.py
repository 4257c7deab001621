"""`manage.py bridge`: answers what devices ask on reserved topics, and runs rules."""

import asyncio
import base64
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from iot.bridge import outbox
from iot.bridge.client import Client, NotConnected
from iot.bridge.consumer import Consumer
from iot.bridge.leftovers import publish_leftovers
from iot.core.message import Message
from iot.core.topic import RULES_PREFIX, Area
from iot.reserved import jobs, provisioning
from iot.reserved.answers import Answers
from iot.reserved.events import FILTERS, Events
from iot.reserved.router import Router
from iot.reserved.shadows import ShadowAnswers
from iot.rules.aws import AwsClients
from iot.rules.confirmed import Confirmed
from iot.rules.loading import Loading
from iot.rules.performer import Performer
from iot.rules.recording import Recording
from iot.rules.retrying import Retrying
from iot.rules.runner import Runner, environment
from iot.rules.targets import Targets
from iot.rules.trying import Trying
from iot.services import account_settings, action_trials, metrics, upkeep
from iot.services.call import call
from iot.services.log_level import follow_log_level
from iot.services.web import Web

log = logging.getLogger(__name__)

RESERVED_FILTERS = (
    "$aws/things/+/shadow/get",
    "$aws/things/+/shadow/update",
    "$aws/things/+/shadow/delete",
    "$aws/things/+/shadow/name/+/get",
    "$aws/things/+/shadow/name/+/update",
    "$aws/things/+/shadow/name/+/delete",
    "$aws/things/+/jobs/get",
    "$aws/things/+/jobs/start-next",
    "$aws/things/+/jobs/+/get",
    "$aws/things/+/jobs/+/update",
    "$aws/certificates/create/+",
    "$aws/certificates/create-from-csr/+",
    "$aws/provisioning-templates/+/provision/+",
    f"{RULES_PREFIX}#",
    *FILTERS,
)
CHANGED = f"{outbox.CHANGED_PREFIX}#"
METRICS_SECONDS = 10.0
UPKEEP_SECONDS = 1.0
STOP_SECONDS = 1.5
RECONNECT_SECONDS = 1.0


class Command(BaseCommand):
    help = "Answer shadow, job and provisioning requests, and run rules."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--number", type=int, default=0, help="which of several bridges this is, from 0")

    def handle(self, *args: Any, number: int, **options: Any) -> None:
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(Bridge(number).run())


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


class Bridge:
    """One bridge process, put together; `number` tells it from others, and its sessions with the broker."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._scope = settings.SCOPE
        self._stop = asyncio.Event()
        self._out = Client(
            settings.BROKER_URL,
            f"$bridge-{number}-out",
            on_message=self._heard,
            on_connected=lambda present: None,
        )
        self._web = Web(settings.TRUSTED_HTTP_HOSTS)
        self._confirmed = Confirmed(self._scope, self._web)
        self._aws = AwsClients(self._scope)
        targets = Targets(self._scope, self._out.post, self._aws, self._web, self._confirmed, settings.DATA_DIR)
        world = environment(self._scope, self._aws)
        self._performer = Performer(self._scope, targets)
        self._runner = Runner(self._performer, world)
        self._trying = Trying(targets, self._performer, world)
        self._retrying = Retrying(self._scope, targets, self._performer, world, self._runner.rules.get)
        self._recording = Recording(self._scope)
        self._loading = Loading(self._scope, self._runner, self._listen)
        self._shadows = ShadowAnswers(self._scope, self._out.publish_all)
        self._events = Events(self._scope)
        self._jobs = Answers(self._scope, self._out.publish_all, jobs.answer_request)
        self._provisioning = Answers(self._scope, self._out.publish_all, provisioning.answer_request)
        self._router = Router(
            {
                Area.SHADOW: self._shadows,
                Area.JOBS: self._jobs,
                Area.CERTIFICATES: self._provisioning,
                Area.PROVISION: self._provisioning,
            }
        )
        self._consumer: Consumer

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        await self._loading.load()
        await self._recording.load()
        subscribed = await call(account_settings.read, self._scope, self._setting, [])
        self._consumer = Consumer(
            settings.BROKER_URL,
            f"$bridge-{self._number}",
            "" if settings.BRIDGE_ALONE else settings.BRIDGE_GROUP,
            [self._router, self._events, self._runner, self._recording],
            first=self._number == 0,
            subscribed=subscribed,
            remember=self._remember,
            backlog=self._backlog,
        )
        serving = asyncio.create_task(self._serve())
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        serving.cancel()
        await asyncio.wait({serving}, timeout=STOP_SECONDS)
        if not serving.cancelled() and serving.done():
            serving.result()

    async def _serve(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for work in self._lasting():
                    group.create_task(work)
                await _connected(self._out)
                outbox.attach(self._out, asyncio.get_running_loop())
                await self._out.subscribe(CHANGED, *([action_trials.TOPIC] if self._number == 0 else []))
                await _connected(self._consumer.client)
                await self._listen(self._runner.filters)
                print("ready", flush=True)
                await self._stop.wait()
        finally:
            await self._end()

    def _lasting(self) -> list[Coroutine[Any, Any, None]]:
        works: list[Callable[[], Coroutine[Any, Any, None]]] = [
            self._shadows.run,
            self._jobs.run,
            self._provisioning.run,
            self._keep_up,
            self._events.run_presence,
            self._events.run_retained,
            self._performer.run,
            self._flush,
            self._consumer.run,
            lambda: follow_log_level(self._scope),
        ]
        later: list[Callable[[], Coroutine[Any, Any, None]]] = [self._loading.poll, self._recording.run]
        if self._number == 0 or connection.vendor == "postgresql":
            # SQLite has one writer: one worker tries again, one publishes what was left.
            later += [self._retrying.run, lambda: publish_leftovers(self._out)]
        return [work() for work in works] + [self._after_ready(work) for work in later]

    async def _after_ready(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        await self._out.wait_connected()
        await work()

    async def _end(self) -> None:
        outbox.detach()
        await self._consumer.client.close()
        await self._out.close()
        self._performer.lanes.close()
        self._web.close()
        await self._flush_once()

    async def _flush(self) -> None:
        while True:
            await asyncio.sleep(METRICS_SECONDS)
            await self._flush_once()

    async def _keep_up(self) -> None:
        while True:
            await asyncio.sleep(UPKEEP_SECONDS)
            try:
                await call(upkeep.advance, self._scope)
            except Exception:
                log.exception("The upkeep of jobs and the index has failed")

    async def _flush_once(self) -> None:
        for rule in self._runner.rules.values():
            self._performer.settle(rule)
        try:
            await call(metrics.flush, self._scope)
        except Exception as error:
            log.warning("The metrics could not be written: %s", error)

    async def _listen(self, filters: set[str]) -> None:
        await self._consumer.listen({*RESERVED_FILTERS, *filters, *self._recording.filters})

    @property
    def _setting(self) -> str:
        return f"bridge.{self._number}.subscriptions"

    async def _remember(self, filters: list[str]) -> None:
        await call(account_settings.write, self._scope, self._setting, filters)

    def _backlog(self) -> int:
        return len(self._shadows) + len(self._jobs) + len(self._provisioning) + len(self._events) + len(self._performer)

    async def _heard(self, message: Message) -> None:
        if message.topic == action_trials.TOPIC:
            await self._trying(message)
            return
        kind, _, encoded = message.topic[len(outbox.CHANGED_PREFIX) :].partition("/")
        changed = self._changed.get(kind)
        if changed is not None:
            await changed(base64.urlsafe_b64decode(encoded).decode())

    @property
    def _changed(self) -> dict[str, Callable[[str], Awaitable[None]]]:
        return {
            "rules": self._loading.changed,
            "destinations": self._destination_changed,
            "awstargets": self._targets_changed,
            "recorder": self._recorder_changed,
        }

    async def _destination_changed(self, destination_id: str) -> None:
        self._confirmed.forget()
        if self._number == 0:
            await call(self._confirmed.ask, destination_id)

    async def _targets_changed(self, service: str) -> None:
        self._aws.forget()

    async def _recorder_changed(self, topic_filter: str) -> None:
        await self._recording.load()
        await self._listen(self._runner.filters)


async def _connected(client: Client) -> None:
    """Connect, however long the broker takes to come."""
    while True:
        try:
            await client.connect()
            return
        except NotConnected as error:
            log.warning("%s", error)
            await asyncio.sleep(RECONNECT_SECONDS)
