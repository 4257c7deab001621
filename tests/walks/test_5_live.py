"""Walk 5: a live viewer sees a device's message, over the console's WebSocket."""

import json

from tests.stack import Stack
from tests.walks.visitor import Visitor


def test_it_sees_what_is_published(stack: Stack) -> None:
    with Visitor(stack) as visitor, visitor.live("filter=live/%23") as said:
        granted = next(said)["granted"]
        assert (granted[0]["filter"], granted[0]["granted"]) == ("live/#", 0)
        stack.boto("iot-data").publish(topic="live/a", qos=1, payload=b'{"temperature": 21}')
        body = next(one for one in said if one.get("rows"))
        assert "live/a" in json.dumps(body["rows"])
        assert "temperature" in json.dumps(body["rows"])
