"""manage.py gateway: takes devices in, in one process or several that share the ports."""

import argparse
import asyncio
import os
import signal
import sys
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from iot.gateway.server import Config, Gateway
from iot.management.copies import run_copies
from iot.services.log_level import follow_log_level


class Command(BaseCommand):
    help = "Serve devices: MQTT with certificates, and HTTPS, in front of the broker."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes that share the ports")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.BROKER_URL:
            raise CommandError("There is no broker: set BROKER_URL, or start everything with ./thingstead up.")
        if options["workers"] > 1:
            run_copies([sys.executable, sys.argv[0], "gateway"], options["workers"])
            _leave()
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(_serve(configuration()))
        _leave()


def configuration() -> Config:
    """Read the settings."""
    return Config(
        scope=settings.SCOPE,
        broker_url=settings.BROKER_URL,
        directory=settings.DATA_DIR,
        host=settings.HOST,
        mqtt_port=settings.MQTT_PORT,
        https_port=settings.HTTPS_PORT,
        mode=settings.GATEWAY_MODE,
        limits=settings.GATEWAY_LIMITS,
        own_group=settings.BRIDGE_GROUP,
        broker_socket=settings.BROKER_SOCKET,
        broker_barrier=settings.BROKER_BARRIER,
    )


def _leave() -> NoReturn:
    """End at once: taking the interpreter apart takes longer than all else that a gateway does when it ends."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _new_loop() -> asyncio.AbstractEventLoop:
    """Use uvloop where it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


async def _serve(config: Config) -> None:
    loop, ending = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    gateway = Gateway(config)
    starting = asyncio.create_task(gateway.start())
    waiting = asyncio.create_task(ending.wait())
    await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        try:
            starting.result()
        except OSError as error:
            raise CommandError(f"Cannot serve devices: {error}") from None
        print(f"ready on {', '.join(f'{config.host}:{port}' for port in gateway.ports)}", flush=True)
        following = asyncio.create_task(follow_log_level(config.scope))
        await waiting
        following.cancel()
        await gateway.stop()
    else:
        starting.cancel()
