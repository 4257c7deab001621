"""Publishes what a process has left in the outbox, because it died or had no broker."""

import asyncio
import logging

from iot.bridge import outbox
from iot.bridge.client import Client, NotPublished

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0


async def publish_leftovers(client: Client) -> None:
    """Look for leftovers and publish them, for ever."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            rows = await loop.run_in_executor(None, outbox.take_leftovers)
            for key, messages in rows:
                await client.publish_all(messages)
                await loop.run_in_executor(None, outbox.forget, key)
        except NotPublished as error:
            log.warning("%s; the outbox is tried again", error)
        except Exception:
            log.exception("The outbox could not be read")
        await asyncio.sleep(POLL_SECONDS)
