"""Publishing and retained messages as services."""

import pytest

from iot.core import errors
from iot.core.message import Message, Properties
from iot.models import RetainedMessage
from iot.services import messages
from tests.services.broker import ELSEWHERE, SCOPE, Broker


def test_a_message_goes_out_when_it_is_committed(broker: Broker) -> None:
    messages.publish(SCOPE, topic="a/b", payload=b"x", principal="ann", address="192.0.2.1")
    (message,) = broker.messages
    assert (message.topic, message.payload, message.qos) == ("a/b", b"x", 1)
    assert message.sender is not None
    assert (message.sender.principal, message.sender.client_id) == ("ann", "n/a")


def test_the_broker_belongs_to_one_account_and_region(broker: Broker) -> None:
    messages.publish(ELSEWHERE, topic="a", payload=b"x")
    assert broker.messages == []


@pytest.mark.parametrize(
    ("topic", "properties"), [("a/\x01", Properties()), ("a", Properties(user_properties=(("k\n", "v"),)))]
)
def test_what_no_broker_takes_is_refused(broker: Broker, topic: str, properties: Properties) -> None:
    with pytest.raises(errors.InvalidRequestException, match="cannot be published"):
        messages.publish(SCOPE, topic=topic, payload=b"x", properties=properties)
    assert broker.messages == []


@pytest.mark.django_db
def test_a_payload_has_128_kilobytes_at_most() -> None:
    messages.check_publishable("a", b"x" * 128 * 1024)
    with pytest.raises(errors.RequestEntityTooLargeException):
        messages.check_publishable("a", b"x" * (128 * 1024 + 1))


@pytest.mark.django_db
def test_the_last_retained_message_of_a_topic_is_kept() -> None:
    messages.keep_retained(SCOPE, [Message("a", b"1"), Message("b", b"2"), Message("a", b"3"), Message("b", b"")])
    assert [(row.topic, bytes(row.payload)) for row in messages.retained_messages(SCOPE)] == [("a", b"3")]
    assert not messages.retained_messages(ELSEWHERE).exists()
    assert RetainedMessage.objects.get().modified_at > 1_700_000_000


@pytest.mark.django_db
def test_a_retained_message_is_kept_in_any_account() -> None:
    messages.publish(ELSEWHERE, topic="a", payload=b"x", retain=True)
    assert bytes(messages.get_retained_message(ELSEWHERE, topic="a").payload) == b"x"


@pytest.mark.parametrize(
    ("topic", "message"),
    [
        ("$aws/things/t/jobs/get", "restricted topic using HTTP"),
        ("$aws/things/t/defender/metrics/json", "restricted topic using HTTP"),
        ("$aws/commands/things/t/executions/1/response/json", "restricted topic using HTTP"),
        ("$aws/events/presence/connected/c", "can't start with"),
        ("$AWS/rules/r/x", "can't start with"),
        ("$aws/rules", "can't start with"),
        ("$aws/certificates/create/json/accepted", "can't start with"),
        ("$aws/device_location/t/get_position_estimate/accepted", "can't start with"),
        ("$aws/device_location/t/get_position_estimate", ""),
        ("$aws/things/t/jobs", ""),
        ("$aws/rules/r/x", ""),
        ("$aws/certificates/create/json", ""),
    ],
)
def test_reserved_topics_take_requests_and_nothing_else(topic: str, message: str) -> None:
    if not message:
        messages.check_publishable(topic, b"")
        return
    with pytest.raises(errors.InvalidRequestException, match=message):
        messages.check_publishable(topic, b"")
