"""Lines of activity: every kind of event in words."""

from typing import Any

import orjson
import pytest

from console.live_activity import concerns, filters, read
from iot.core.message import Message

AT = 1_700_000_000_000


def line(topic: str, **body: Any) -> tuple[str, str, str, str] | None:
    found = read(Message(topic, orjson.dumps(body)))
    return None if found is None else (found.kind, found.tone, found.subject, found.text)


@pytest.mark.parametrize(
    ("topic", "body", "expected"),
    [
        (
            "$aws/events/presence/connected/c",
            {"eventType": "connected", "clientId": "c", "ipAddress": "10.1.1.1", "timestamp": AT},
            ("connected", "ok", "c", "connected from 10.1.1.1"),
        ),
        (
            "$aws/events/presence/disconnected/c",
            {"eventType": "disconnected", "clientId": "c", "disconnectReason": "CONNECTION_LOST"},
            ("disconnected", "warning", "c", "disconnected: its connection broke"),
        ),
        (
            "$aws/events/presence/connect_failed/c",
            {"eventType": "connect_failed", "clientId": "c"},
            ("connect_failed", "danger", "c", "was not let in: its policies do not allow iot:Connect"),
        ),
        (
            "$aws/events/subscriptions/subscribed/c",
            {"eventType": "subscribed", "clientId": "c", "topics": ["a", "b/#"]},
            ("subscribed", "plain", "c", "subscribed to a, b/#"),
        ),
        (
            "$aws/things/t/shadow/update/accepted",
            {"state": {"desired": {"led": "on"}}, "timestamp": 1},
            ("shadow", "ok", "t", "shadow: wanted changed"),
        ),
        (
            "$aws/things/t/shadow/name/n/update/delta",
            {"state": {"led": "on"}},
            ("delta", "waiting", "t", "shadow n: told what differs"),
        ),
        (
            "$aws/things/t/shadow/update/rejected",
            {"code": 409, "message": "Version conflict"},
            ("rejected", "danger", "t", "shadow: update was rejected"),
        ),
        (
            "$aws/things/t/shadow/delete/accepted",
            {},
            ("shadow", "warning", "t", "shadow was deleted"),
        ),
        (
            "$seen/refused",
            {
                "client_id": "c",
                "action": "iot:Publish",
                "resource": "arn:aws:iot:us-east-1:123456789012:topic/plant/7",
                "policy": "field",
            },
            ("refused", "danger", "c", "was refused iot:Publish on plant/7: policy field denies it"),
        ),
        (
            "$seen/handshake",
            {"address": "10.0.0.9", "reason": "certificate unknown", "at": AT},
            ("handshake", "danger", "", "TLS handshake from 10.0.0.9 failed"),
        ),
        ("$aws/things/t/shadow/get/accepted", {}, None),
        ("$aws/events/presence/other/c", {"eventType": "other"}, None),
    ],
)
def test_an_event_is_put_into_words(topic: str, body: dict[str, Any], expected: tuple[str, ...] | None) -> None:
    assert line(topic, **body) == expected


def test_a_payload_that_is_no_object_is_survived() -> None:
    assert read(Message("$aws/events/presence/connected/c", b"[1]")) is None
    assert read(Message("$seen/handshake", b"\xff")) is not None


def test_a_line_concerns_a_thing_by_its_name_or_its_certificate() -> None:
    found = read(Message("$seen/refused", b'{"client_id":"x"}'))
    assert found is not None
    assert concerns(found, frozenset({"x"}), {})
    assert concerns(found, frozenset({"cert"}), {"principal": "cert"})
    assert not concerns(found, frozenset({"y"}), {"principal": "cert"})
    assert concerns(found, frozenset(), {})


def test_all_things_are_a_wildcard() -> None:
    assert "$aws/events/presence/+/+" in filters("")
    assert "$aws/events/presence/+/t" in filters("t")
