import base64
from typing import Any

import pytest

from iot.rules.action import ActionError
from iot.rules.targets import Targets
from tests.rules.running import ROLE, carry_out, fire, message, requests, rule


def made(url: str, of: Any, **more: Any) -> list[dict[str, Any]]:
    return requests({"sqs": {"queueUrl": url, "roleArn": ROLE, **more}}, message(of))


def received(client: Any, url: str) -> list[str]:
    bodies = []
    while found := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [one["Body"] for one in found]
    return bodies


def test_the_output_arrives(moto_targets: Targets, aws: Any) -> None:
    url = aws("sqs").create_queue(QueueName="plain")["QueueUrl"]
    assert carry_out(moto_targets, "sqs", made(url, {"t": 1})) == [None]
    assert received(aws("sqs"), url) == ['{"t":1}']


def test_ten_messages_go_out_in_one_call(moto_targets: Targets, aws: Any) -> None:
    url = aws("sqs").create_queue(QueueName="batch")["QueueUrl"]
    wanted = [made(url, {"n": number})[0] for number in range(10)]
    assert carry_out(moto_targets, "sqs", wanted) == [None] * 10
    assert sorted(received(aws("sqs"), url)) == sorted(f'{{"n":{number}}}' for number in range(10))


def test_binary_payloads_need_base64(moto_targets: Targets, aws: Any) -> None:
    url = aws("sqs").create_queue(QueueName="binary")["QueueUrl"]
    with pytest.raises(ActionError, match="base64"):
        made(url, b"\xff\x00")
    assert carry_out(moto_targets, "sqs", made(url, b"\xff\x00", useBase64=True)) == [None]
    assert [base64.b64decode(body) for body in received(aws("sqs"), url)] == [b"\xff\x00"]


def test_a_fifo_queue_takes_a_message_once(moto_targets: Targets, aws: Any) -> None:
    url = aws("sqs").create_queue(QueueName="once.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    again = made(url, {"t": 1})
    assert carry_out(moto_targets, "sqs", again) == [None]
    assert carry_out(moto_targets, "sqs", again) == [None]
    assert received(aws("sqs"), url) == ['{"t":1}']


def test_a_fifo_queue_takes_what_several_rules_and_actions_make_of_one_message(moto_targets: Targets, aws: Any) -> None:
    url = aws("sqs").create_queue(QueueName="several.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    action = {"sqs": {"queueUrl": url, "roleArn": ROLE}}
    for given in (rule(action, action, name="one"), rule(action, name="two")):
        fired = fire(given, message({"t": 1}))
        for bound in given.actions:
            assert carry_out(moto_targets, "sqs", bound.render(fired)) == [None]
    assert received(aws("sqs"), url) == ['{"t":1}'] * 3


def test_a_queue_that_does_not_exist_is_final(moto_targets: Targets, moto: str) -> None:
    (failed,) = carry_out(moto_targets, "sqs", made(f"{moto}/123456789012/nowhere", {"t": 1}))
    assert failed is not None
    assert failed.final
    assert "NonExistentQueue" in failed.reason
