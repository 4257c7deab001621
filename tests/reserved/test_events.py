import asyncio
import time
from typing import Any

import pytest
from django.conf import settings

from iot.core.message import Properties
from iot.reserved.events import Events
from iot.services import connections, messages
from iot.services.call import call
from tests.rules.running import Arrived, message

pytestmark = pytest.mark.django_db(transaction=True)


async def report(*reports: Arrived) -> None:
    """Have reports taken in, until all are acknowledged."""
    events = Events(settings.SCOPE)
    running = [asyncio.create_task(events.run_presence()), asyncio.create_task(events.run_retained())]
    for one in reports:
        events(one.delivery)
        one.delivery.release()
    for one in reports:
        await one.wait()
    assert len(events) == 0
    for task in running:
        task.cancel()


def presence(kind: str, session: str = "s", **more: Any) -> Arrived:
    body = {
        "clientId": "c",
        "eventType": kind,
        "sessionIdentifier": session,
        "timestamp": int(time.time() * 1000),
        **more,
    }
    return Arrived(message(body, f"$aws/events/presence/{kind}/c"))


def is_connected() -> bool:
    return connections.find_connection(settings.SCOPE, "c").connected


async def test_who_comes_and_goes_is_known() -> None:
    await report(presence("connected"))
    assert await call(is_connected)
    await report(presence("disconnected"))
    assert not await call(is_connected)


async def test_the_end_of_an_older_session_changes_nothing() -> None:
    await report(presence("connected", "old"), presence("connected", "new"), presence("disconnected", "old"))
    assert await call(is_connected)


async def test_retained_messages_are_remembered_and_forgotten() -> None:
    def found() -> list[tuple[str, bytes, list[list[str]]]]:
        rows = messages.retained_messages(settings.SCOPE)
        return [(row.topic, bytes(row.payload), row.user_properties) for row in rows]

    of = message(b"x", "$retained/a/b", properties=Properties(user_properties=(("k", "v"),)))
    await report(Arrived(of), Arrived(message(b"y", "$retained/c")))
    assert sorted(await call(found)) == [("a/b", b"x", [["k", "v"]]), ("c", b"y", [])]
    await report(Arrived(message(b"", "$retained/c")))
    assert [topic for topic, _, _ in await call(found)] == ["a/b"]


async def test_other_messages_pass_by_and_reports_that_are_none_harm_nothing() -> None:
    await report(Arrived(message({}, "a/b")), Arrived(message(b"{", "$aws/events/presence/connected/c")))
    assert not await call(lambda: connections.connections(settings.SCOPE).exists())
