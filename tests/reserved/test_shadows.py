import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from django.conf import settings

from iot.core.message import Message, Sender
from iot.core.topic import parse_reserved
from iot.reserved.shadows import ShadowAnswers
from tests.rules.running import SENDER, Arrived, message, until

pytestmark = pytest.mark.django_db(transaction=True)


class Published:
    """A broker that remembers, and can refuse for a while."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def __call__(self, messages: list[Message]) -> None:
        self.messages += messages

    @property
    def bodies(self) -> list[tuple[str, Any]]:
        return [(one.topic.partition("/shadow/")[2], orjson.loads(one.payload)) for one in self.messages]


@contextlib.asynccontextmanager
async def answering(published: Published) -> AsyncIterator[ShadowAnswers]:
    answers = ShadowAnswers(settings.SCOPE, published)
    running = asyncio.create_task(answers.run())
    try:
        yield answers
    finally:
        running.cancel()


def ask(answers: ShadowAnswers, topic: str, body: Any, sender: Sender | None = SENDER) -> Arrived:
    arrived = Arrived(message(body, topic, sender=sender))
    request = parse_reserved(topic)
    assert request is not None
    answers(request, arrived.delivery)
    arrived.delivery.release()
    return arrived


async def test_an_update_is_answered_delta_first_and_acknowledged_last() -> None:
    published = Published()
    async with answering(published) as answers:
        arrived = ask(answers, "$aws/things/t/shadow/update", {"state": {"desired": {"a": 1}}, "clientToken": "c"})
        assert not arrived.acknowledged.is_set()
        await arrived.wait()
    assert [kind for kind, _ in published.bodies] == ["update/delta", "update/accepted", "update/documents"]
    assert published.bodies[1][1]["clientToken"] == "c"


async def test_requests_of_one_shadow_stay_in_order_and_each_raises_the_version_by_one() -> None:
    published = Published()
    async with answering(published) as answers:
        asked = [
            ask(
                answers, "$aws/things/t/shadow/name/s/update", {"state": {"reported": {"n": number}}, "version": number}
            )
            for number in range(600)
        ]
        await asyncio.gather(*(one.wait() for one in asked))
    accepted = [body for kind, body in published.bodies if kind.endswith("update/accepted")]
    assert [body["version"] for body in accepted] == list(range(1, 601))
    assert [body["state"]["reported"]["n"] for body in accepted] == list(range(600))


async def test_get_and_delete_are_answered_and_refusals_too() -> None:
    published = Published()
    async with answering(published) as answers:
        for operation, body in (
            ("get", b""),
            ("update", b"{"),
            ("update", {"state": {}}),
            ("get", b""),
            ("delete", b""),
        ):
            await ask(answers, f"$aws/things/u/shadow/{operation}", body).wait()
    kinds = [kind for kind, _ in published.bodies]
    assert kinds == [
        "get/rejected",
        "update/rejected",
        "update/accepted",
        "update/documents",
        "get/accepted",
        "delete/accepted",
    ]
    assert [published.bodies[index][1]["code"] for index in (0, 1)] == [404, 400]


async def test_a_will_message_is_ignored() -> None:
    published = Published()
    async with answering(published) as answers:
        will = ask(answers, "$aws/things/w/shadow/update", {"state": {}}, Sender("w", protocol="will"))
        assert will.acknowledged.is_set()
        await ask(answers, "$aws/things/w/shadow/get", b"").wait()
    assert [kind for kind, _ in published.bodies] == ["get/rejected"]


async def test_one_request_that_breaks_us_is_acknowledged_and_harms_no_other(caplog: pytest.LogCaptureFixture) -> None:
    published = Published()
    async with answering(published) as answers:
        strange = ask(answers, "$aws/things/" + "\ud800" + "/shadow/update", {"state": {"reported": {"n": 1}}})
        other = ask(answers, "$aws/things/fine/shadow/update", {"state": {"reported": {"n": 1}}})
        await strange.wait()
        await other.wait()
        await until(lambda: len(answers) == 0)
    assert "update/accepted" in [kind for kind, _ in published.bodies]
    assert "could not be worked on" in caplog.text
