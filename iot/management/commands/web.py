"""manage.py web: the console, the AWS API and the live viewer's WebSockets."""

import argparse
import asyncio
import logging
import os
import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from iot.bridge import outbox
from iot.bridge.client import Client, NotConnected
from iot.services.log_level import follow_log_level

log = logging.getLogger(__name__)

FIRST_SECONDS = 5.0
RETRY_SECONDS = 1.0


class Command(BaseCommand):
    help = (
        "Serve the web console, the AWS API under /api/ and the live viewer. Several of these may run on one port; "
        "each is one process."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.HOST, help="the address to listen on (default: %(default)s)")
        parser.add_argument(
            "--port", type=int, default=settings.HTTP_PORT, metavar="PORT", help="(default: %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        from iot.management.web.server import WebServer, listen, loop  # it installs Twisted's reactor

        try:
            listening = listen(options["host"], options["port"])
        except OSError as error:
            raise CommandError(f"Cannot listen on {options['host']}:{options['port']}: {error.strerror}") from None
        asyncio.set_event_loop(loop)
        from console.asgi import application

        following: list[asyncio.Task[None]] = []
        client = Client(settings.BROKER_URL, f"$web-{os.getpid()}-{secrets.token_hex(4)}")

        async def started() -> None:
            following.append(asyncio.create_task(follow_log_level(settings.SCOPE)))
            connecting = asyncio.create_task(_connect(client))
            await asyncio.wait((connecting,), timeout=FIRST_SECONDS)
            print(f"ready on {options['host']}:{options['port']}", flush=True)
            await connecting

        async def ended() -> None:
            for task in following:
                task.cancel()
            outbox.detach()
            await client.close()

        prefix = f"/{settings.URL_PREFIX}" if settings.URL_PREFIX else ""
        WebServer(application, listening, prefix, started, ended).serve()


async def _connect(client: Client) -> None:
    """Connect to the broker however long that takes; until then the bridge publishes what this process commits."""
    while True:
        try:
            await client.connect()
        except NotConnected as error:
            log.warning("%s", error)
            await asyncio.sleep(RETRY_SECONDS)
        else:
            outbox.attach(client, asyncio.get_running_loop())
            return
