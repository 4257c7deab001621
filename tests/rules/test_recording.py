import asyncio

import pytest
from django.conf import settings

from iot.rules.recording import Recording
from iot.services import recorder
from iot.services.call import call
from tests.rules.running import Arrived, message, until

pytestmark = pytest.mark.django_db(transaction=True)


async def test_only_what_is_asked_for_is_recorded() -> None:
    recording = Recording(settings.SCOPE)
    await recording.load()
    recording(Arrived(message({"n": 0})).delivery)
    await call(recorder.start, settings.SCOPE, topic_filter="dt/#")
    await recording.load()
    assert recording.filters == {"dt/#"}
    working = asyncio.create_task(recording.run())
    for topic, number in (("dt/a", 1), ("other", 2), ("dt/b", 3)):
        recording(Arrived(message({"n": number}, topic)).delivery)
    await until(lambda: len(recording._batches) == 0)
    working.cancel()
    found = await call(recorder.recent, settings.SCOPE, topic_filter="dt/#")
    assert [one.payload for _, one in found] == [b'{"n":1}', b'{"n":3}']


async def test_it_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    await call(recorder.start, settings.SCOPE, topic_filter="dt/#", seconds=10)
    recording = Recording(settings.SCOPE)
    await recording.load()
    monkeypatch.setattr("iot.rules.recording.time.time", lambda: 9e9)
    recording(Arrived(message({})).delivery)
    assert len(recording._batches) == 0


async def test_what_it_cannot_keep_up_with_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iot.rules.recording.MOST_WAITING", 3)
    await call(recorder.start, settings.SCOPE, topic_filter="dt/#")
    recording = Recording(settings.SCOPE)
    await recording.load()
    for _ in range(20):
        recording(Arrived(message({})).delivery)
    assert len(recording._batches) == 4
