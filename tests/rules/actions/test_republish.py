from typing import Any

import pytest

from iot.core.message import Properties, Sender
from iot.rules.action import ActionError, Failed, actions
from iot.rules.targets import Targets
from tests.rules.running import ROLE, Posts, message, requests

DEVICE = Sender("d", "p", "192.0.2.1")


def made(of: Any, sender: Sender | None = DEVICE, **more: Any) -> list[dict[str, Any]]:
    return requests({"republish": {"topic": "out/${topic(2)}", "roleArn": ROLE, **more}}, message(of, sender=sender))


def post(targets: Targets, wanted: list[dict[str, Any]]) -> list[Failed | None]:
    results: list[Failed | None] = []
    action = actions()["republish"]
    assert action.post is not None
    for request in wanted:
        action.post(targets, request, results.append)
    return results


def test_it_publishes_with_qos_0_and_keeps_who_sent_but_not_whence(targets: Targets, posts: Posts) -> None:
    assert post(targets, made({"t": 1})) == [None]
    (sent,) = posts.messages
    assert (sent.topic, sent.payload, sent.qos, sent.retain) == ("out/a", b'{"t":1}', 0, False)
    assert sent.sender == Sender("d", "p", "", hops=1)


def test_the_qos_is_the_rules(targets: Targets, posts: Posts) -> None:
    post(targets, made({"t": 1}, qos=1))
    assert posts.messages[0].qos == 1


def test_two_dollars_begin_a_reserved_topic(targets: Targets, posts: Posts) -> None:
    post(targets, made({"t": 1}, topic="$$aws/things/${topic(2)}/shadow/update"))
    assert posts.messages[0].topic == "$aws/things/a/shadow/update"


def test_headers_are_rendered(targets: Targets, posts: Posts) -> None:
    headers = {
        "payloadFormatIndicator": "UTF8_DATA",
        "contentType": "application/json",
        "responseTopic": "answers/${clientid()}",
        "correlationData": "YWJj",
        "messageExpiry": "${60 * 2}",
        "userProperties": [{"key": "t", "value": "${t}"}],
    }
    post(targets, made({"t": 1}, headers=headers))
    wanted = Properties("application/json", "answers/d", b"abc", 1, 120, (("t", "1"),))
    assert posts.messages[0].properties == wanted


@pytest.mark.parametrize(
    "headers",
    [
        {"correlationData": "?"},
        {"messageExpiry": "soon"},
        {"payloadFormatIndicator": "X"},
        {"responseTopic": "answers/+"},
        {"contentType": "${x}${x}"},
        {"userProperties": [{"key": "k", "value": "${x}${x}"}]},
    ],
)
def test_a_header_that_cannot_be_used_is_refused(targets: Targets, headers: dict[str, Any]) -> None:
    with pytest.raises(ActionError, match="header"):
        post(targets, made({"x": "y" * 600}, headers=headers))


@pytest.mark.parametrize(
    "more",
    [
        {"topic": "out/${bad}"},
        {"headers": {"contentType": "${bad}"}},
        {"headers": {"messageExpiry": "-1"}},
        {"headers": {"userProperties": [{"key": "${bad}", "value": "v"}]}},
        {"headers": {"userProperties": [{"key": "thingstead-sender", "value": "0 mqtt - - somebody"}]}},
    ],
)
def test_a_payload_cannot_make_a_message_that_no_broker_takes(
    targets: Targets, posts: Posts, more: dict[str, Any]
) -> None:
    with pytest.raises(ActionError, match="cannot be published"):
        post(targets, made({"bad": "a\u0001"}, **more))
    assert posts.messages == []


def test_the_tenth_hop_is_the_last() -> None:
    assert made({"t": 1}, Sender("d", hops=9))[0]["hops"] == 10
    with pytest.raises(ActionError, match="loop"):
        made({"t": 1}, Sender("d", hops=10))


@pytest.mark.parametrize(
    "topic", ["out/+", "$$aws/things/x/jobs/get", "$$gateway/disconnect/ZA", "${missing}", "1/2/3/4/5/6/7/8/9"]
)
def test_topics_that_may_not_be_published_to_are_refused(targets: Targets, topic: str) -> None:
    with pytest.raises(ActionError):
        post(targets, made({"t": 1}, topic=topic))


def test_a_broker_that_does_not_take_it_fails_it_for_now(targets: Targets, posts: Posts) -> None:
    posts.code = 0xFF
    (failed,) = post(targets, made({"t": 1}))
    assert failed is not None
    assert not failed.final


def test_a_will_is_an_ordinary_message_once_it_is_republished(targets: Targets, posts: Posts) -> None:
    post(targets, made({"t": 1}, Sender("d", protocol="will")))
    post(targets, made({"t": 1}, Sender("n/a", protocol="http")))
    post(targets, made({"t": 1}, None))
    assert [sent.sender.protocol for sent in posts.messages if sent.sender] == ["mqtt", "http", "mqtt"]
