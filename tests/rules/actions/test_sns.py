import uuid
from typing import Any

import orjson
import pytest

from iot.rules.action import ActionError
from iot.rules.targets import Targets
from tests.rules.running import ROLE, carry_out, message, requests


@pytest.fixture
def topic(aws: Any) -> tuple[str, str]:
    """A topic and a queue that is subscribed to it."""
    name = f"sns-{uuid.uuid4()}"
    arn = aws("sns").create_topic(Name=name)["TopicArn"]
    url = aws("sqs").create_queue(QueueName=name)["QueueUrl"]
    queue = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    return arn, url


def made(arn: str, of: Any, **more: Any) -> list[dict[str, Any]]:
    return requests({"sns": {"targetArn": arn, "roleArn": ROLE, **more}}, message(of))


def received(aws: Any, url: str) -> list[str]:
    return [one["Body"] for one in aws("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ())]


def test_the_output_reaches_subscribers(moto_targets: Targets, aws: Any, topic: tuple[str, str]) -> None:
    wanted = [made(topic[0], {"n": number})[0] for number in (1, 2)]
    assert carry_out(moto_targets, "sns", wanted) == [None, None]
    assert sorted(received(aws, topic[1])) == ['{"n":1}', '{"n":2}']


def test_the_json_format_picks_the_message_of_the_protocol(
    moto_targets: Targets, aws: Any, topic: tuple[str, str]
) -> None:
    wanted = made(topic[0], {"default": "d", "sqs": "for queues"}, messageFormat="JSON")
    assert carry_out(moto_targets, "sns", wanted) == [None]
    assert orjson.loads(wanted[0]["message"])["sqs"] == "for queues"
    assert received(aws, topic[1]) in (["for queues"], ["d"])


def test_a_topic_that_does_not_exist_is_final(moto_targets: Targets) -> None:
    (failed,) = carry_out(moto_targets, "sns", made("arn:aws:sns:us-east-1:123456789012:nowhere", {"t": 1}))
    assert failed is not None
    assert failed.final


def test_text_that_is_not_json_goes_out_as_it_is(moto_targets: Targets, aws: Any, topic: tuple[str, str]) -> None:
    assert carry_out(moto_targets, "sns", made(topic[0], "plain täxt".encode())) == [None]
    assert received(aws, topic[1]) == ["plain täxt"]


def test_it_takes_no_binary() -> None:
    with pytest.raises(ActionError, match="base64"):
        made("arn:aws:sns:us-east-1:123456789012:rules", b"\xff")
