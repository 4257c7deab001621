"""Answering in order, and acknowledging what was answered."""

import asyncio

import pytest
from django.conf import settings

from iot.core.arn import Scope
from iot.core.message import Message
from iot.core.topic import Reserved, parse_reserved
from iot.reserved.answers import Answers
from tests.rules.running import Arrived, message

pytestmark = pytest.mark.django_db(transaction=True)


def answer(scope: Scope, request: Reserved, asked: Message) -> Message:
    return Message(f"{asked.topic}/accepted", request.subject.encode())


async def test_requests_are_answered_in_order_and_acknowledged_when_the_answer_is_out() -> None:
    out: list[Message] = []
    may_go = asyncio.Event()

    async def publish(messages: list[Message]) -> None:
        await may_go.wait()
        out.extend(messages)

    answers = Answers(settings.SCOPE, publish, answer)
    running = asyncio.create_task(answers.run())
    asked = []
    for name in ("a", "b"):
        topic = f"$aws/things/{name}/jobs/get"
        arrived = Arrived(message({}, topic))
        request = parse_reserved(topic)
        assert request is not None
        answers(request, arrived.delivery)
        arrived.delivery.release()
        asked.append(arrived)
    assert len(answers) == 2
    assert not asked[0].acknowledged.is_set()
    may_go.set()
    for arrived in asked:
        await arrived.wait()
    running.cancel()
    assert [(one.topic, one.payload) for one in out] == [
        ("$aws/things/a/jobs/get/accepted", b"a"),
        ("$aws/things/b/jobs/get/accepted", b"b"),
    ]
    assert len(answers) == 0
