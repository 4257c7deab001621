"""Refusals on their way: counted, bounded, written and shown."""

import json

import pytest

from iot.bridge.client import NotPublished
from iot.core.policy.document import compile_policy
from iot.gateway.authorize import Refused, Why
from iot.gateway.refusal_log import CLIENTS, HANDSHAKES, KINDS_PER_CLIENT, RefusalLog
from iot.models import Refusal
from iot.services import refusals
from iot.services.call import call
from tests.gateway.conftest import SCOPE
from tests.gateway.fakes import MemoryBroker

pytestmark = pytest.mark.django_db(transaction=True)


def stored() -> list[Refusal]:
    return list(refusals.refusals(SCOPE))


async def test_a_refusal_names_the_statement_that_decided() -> None:
    text = '{"Statement":[{"Effect":"Deny","Action":"iot:*","Resource":"*"}]}'
    statement = compile_policy(text, "strict").statements[0]
    broker = MemoryBroker()
    log = RefusalLog(SCOPE, broker.publish)
    refused = Refused("iot:Publish", "arn:x", Why.POLICY_DENIES, statement)
    log.refused(refused, client_id="c", principal="p", address="a")
    await log.stop()
    (row,) = await call(stored)
    assert (row.client_id, row.principal, row.address) == ("c", "p", "a")
    assert (row.action, row.resource, row.reason) == ("iot:Publish", "arn:x", "A statement denies it")
    assert (row.policy, row.statement_index) == ("strict", 0)
    assert row.statement == {"Effect": "Deny", "Action": "iot:*", "Resource": "*"}
    (message,) = broker.messages
    assert message.topic == "$seen/refused"
    assert json.loads(message.payload)["policy"] == "strict"


async def test_the_same_again_is_counted() -> None:
    log = RefusalLog(SCOPE, MemoryBroker().publish)
    for _ in range(100):
        log.note(client_id="c", action="iot:Publish", resource="r", reason="no")
    await log.stop()
    (row,) = await call(stored)
    assert row.count == 100
    assert row.first_at <= row.at


async def test_a_client_that_tries_everything_costs_a_few_rows() -> None:
    log = RefusalLog(SCOPE, MemoryBroker().publish)
    for number in range(1000):
        log.note(client_id="c", action="iot:Publish", resource=f"r{number}", reason="no")
    log.note(client_id="d", action="iot:Publish", resource="r", reason="no")
    await log.stop()
    rows = await call(stored)
    assert len(rows) == KINDS_PER_CLIENT + 1
    assert sum(row.count for row in rows) == 1001


async def test_a_storm_of_clients_is_bounded() -> None:
    log = RefusalLog(SCOPE, MemoryBroker().publish)
    for number in range(CLIENTS + 10):
        log.note(client_id=f"c{number}", action="a", resource="", reason="no")
    assert len(log._entries) == CLIENTS


async def test_failed_handshakes_are_shown_but_not_kept() -> None:
    broker = MemoryBroker()
    log = RefusalLog(SCOPE, broker.publish)
    for _ in range(HANDSHAKES + 5):
        log.handshake("10.0.0.1", "no certificate")
    await log.stop()
    assert broker.topics == ["$seen/handshake"] * HANDSHAKES
    assert json.loads(broker.messages[0].payload)["reason"] == "no certificate"
    assert await call(stored) == []


async def test_a_broker_that_is_away_does_not_lose_the_rows() -> None:
    broker = MemoryBroker(error=NotPublished("away"))
    log = RefusalLog(SCOPE, broker.publish)
    log.start()
    log.note(client_id="c", action="a", resource="", reason="no")
    await log.stop()
    assert len(await call(stored)) == 1
