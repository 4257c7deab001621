"""Shadows over boto3."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iot.bridge import outbox
from iot.core.message import Message
from iot.models import OutboxRow


def sent() -> list[Message]:
    """Take what waits to be published."""
    rows = list(OutboxRow.objects.order_by("id"))
    OutboxRow.objects.all().delete()
    return [message for row in rows for message in outbox.unpack(bytes(row.messages))]


def update(data: Any, document: Any, **names: Any) -> Any:
    answered = data.update_thing_shadow(**{"thingName": "lamp", **names}, payload=json.dumps(document))
    return json.loads(answered["payload"].read())


def get(data: Any, **names: Any) -> Any:
    return json.loads(data.get_thing_shadow(**{"thingName": "lamp", **names})["payload"].read())


def test_a_shadow_is_updated_read_and_deleted(data: Any) -> None:
    with pytest.raises(data.exceptions.ResourceNotFoundException, match="No shadow exists with name: 'lamp'"):
        get(data)
    accepted = update(data, {"state": {"desired": {"led": "on"}}, "clientToken": "t"})
    assert (accepted["state"], accepted["version"], accepted["clientToken"]) == ({"desired": {"led": "on"}}, 1, "t")
    assert accepted["metadata"]["desired"]["led"]["timestamp"] == accepted["timestamp"]
    assert get(data)["state"] == {"desired": {"led": "on"}, "delta": {"led": "on"}}
    assert update(data, {"state": {"reported": {"led": "on"}}})["state"] == {"reported": {"led": "on"}}
    assert get(data)["state"] == {"desired": {"led": "on"}, "reported": {"led": "on"}}
    deleted = json.loads(data.delete_thing_shadow(thingName="lamp")["payload"].read())
    assert deleted == {"version": 2, "timestamp": deleted["timestamp"]}
    topics = [message.topic.removeprefix("$aws/things/lamp/shadow/") for message in sent()]
    assert topics == [
        "update/delta",
        "update/accepted",
        "update/documents",
        "update/accepted",
        "update/documents",
        "delete/accepted",
    ]


def test_named_shadows_stand_alone(data: Any) -> None:
    update(data, {"state": {"reported": {"n": 1}}}, shadowName="one")
    update(data, {"state": {"reported": {"n": 2}}}, shadowName="two")
    assert get(data, shadowName="two")["state"]["reported"] == {"n": 2}
    with pytest.raises(data.exceptions.ResourceNotFoundException):
        get(data)
    listed = data.list_named_shadows_for_thing(thingName="lamp")
    assert (listed["results"], "nextToken" in listed) == (["one", "two"], False)
    assert listed["timestamp"] <= time.time()
    assert data.list_named_shadows_for_thing(thingName="nobody")["results"] == []


@pytest.mark.parametrize(
    ("payload", "status", "name", "text"),
    [
        (b"{", 400, "InvalidRequestException", "Payload contains invalid json"),
        (b'{"state": {"desired": {"a": NaN}}}', 400, "InvalidRequestException", "Payload contains invalid json"),
        (b"{}", 400, "InvalidRequestException", "Missing required node: state"),
        (b'{"state": {}, "version": 9}', 409, "ConflictException", "Version conflict"),
        (b'{"state": {"desired": {"a": "' + b"x" * 9000 + b'"}}}', 413, "RequestEntityTooLargeException", "size"),
        (b'{"state": {"desired": {"a": "\xff"}}}', 415, "UnsupportedDocumentEncodingException", "UTF-8"),
    ],
)
def test_a_shadow_refuses_in_awss_words(data: Any, payload: bytes, status: int, name: str, text: str) -> None:
    update(data, {"state": {}})
    sent()
    with pytest.raises(ClientError, match=text) as error:
        data.update_thing_shadow(thingName="lamp", payload=payload)
    response = error.value.response
    assert (response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]) == (status, name)
    assert sent() == []
