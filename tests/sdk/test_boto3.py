"""boto3 as it is, against a running installation."""

from tests.stack import Stack


def test_it_creates_a_thing(stack: Stack) -> None:
    device = stack.device()
    assert stack.boto("iot").describe_thing(thingName=device.thing)["version"] == 1
