"""Walk 4: a rule is edited in the console, and the bridge runs the new one."""

import asyncio
import json
import uuid
from contextlib import suppress

from tests.stack import Stack
from tests.walks.test_1_publish import connected
from tests.walks.visitor import Visitor


async def test_a_rule_that_is_edited_runs_as_edited(stack: Stack) -> None:
    name = f"walk_{uuid.uuid4().hex[:8]}"
    republish = {"roleArn": "arn:aws:iam::123456789012:role/r", "topic": f"{name}/out", "qos": 1}
    payload = {"sql": f"SELECT 'old' AS which FROM '{name}/in'", "actions": [{"republish": republish}]}
    stack.boto("iot").create_topic_rule(ruleName=name, topicRulePayload=payload)
    client, arrived = await connected(stack, stack.device())
    await client.subscribe(f"{name}/out")
    await asyncio.to_thread(_edit, stack, name, f"SELECT 'new' AS which FROM '{name}/in'")
    which = ""
    async with asyncio.timeout(15):
        while which != "new":  # the notice is on its way to the bridge
            await client.publish(f"{name}/in", b"{}")
            with suppress(TimeoutError):
                which = json.loads((await asyncio.wait_for(arrived.get(), 0.2)).payload)["which"]
    await client.close()


def test_an_error_in_the_statement_is_shown_and_nothing_is_changed(stack: Stack) -> None:
    name = f"walk_{uuid.uuid4().hex[:8]}"
    iot, sql = stack.boto("iot"), f"SELECT * FROM '{name}/in'"
    iot.create_topic_rule(ruleName=name, topicRulePayload={"sql": sql, "actions": []})
    with Visitor(stack) as visitor:
        path = f"/rules/{name}/edit/"
        answer = visitor.submit(path, {**visitor.form(path, "sql"), "sql": "SELECT FROM 'x'"})
    assert answer.status_code == 422
    assert iot.get_topic_rule(ruleName=name)["rule"]["sql"] == sql


def _edit(stack: Stack, name: str, sql: str) -> None:
    path = f"/rules/{name}/edit/"
    with Visitor(stack) as visitor:
        answer = visitor.submit(path, {**visitor.form(path, "sql"), "sql": sql})
        assert answer.status_code == 200, answer.text[-2000:]
    assert stack.boto("iot").get_topic_rule(ruleName=name)["rule"]["sql"] == sql
