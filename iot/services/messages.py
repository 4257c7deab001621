"""Publishing over HTTP, and the retained messages."""

import re
import time
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from iot.bridge.outbox import emit
from iot.core import errors
from iot.core.arn import Scope
from iot.core.message import NO_PROPERTIES, Message, Properties, Sender, fault_of
from iot.core.topic import parse_reserved, validate_topic, within_aws_limits
from iot.models import RetainedMessage

MAXIMUM_PAYLOAD = 128 * 1024
_OVER_MQTT_ALONE = re.compile(r"\$aws/(things/[^/]+/(jobs|defender)/|commands/)")
# What may be asked whether or not anybody answers
_ASKED = re.compile(r"\$aws/(things/|device_location/[^/]+/get_position_estimate\Z)")


def publish(
    scope: Scope,
    *,
    topic: str,
    payload: bytes,
    qos: int = 0,
    retain: bool = False,
    properties: Properties = NO_PROPERTIES,
    principal: str = "",
    address: str = "",
) -> None:
    """Publish a message when its transaction is committed. Raises InvalidRequestException."""
    check_publishable(topic, payload)
    sender = Sender(client_id="n/a", principal=principal, address=address, protocol="http")
    message = Message(topic, payload, max(qos, 1), retain, properties, sender)
    if fault := fault_of(message):
        raise errors.InvalidRequestException(f"The message cannot be published: {fault}")
    with transaction.atomic():
        if scope == settings.SCOPE:  # the broker, its devices and rules belong to the installation's account and region
            emit(message)
        if retain:
            keep_retained(scope, [message])


def check_publishable(topic: str, payload: bytes) -> None:
    """Demand a topic that HTTP may publish to and a payload within the limit."""
    validate_topic(topic)
    if not within_aws_limits(topic):
        raise errors.InvalidRequestException("A topic has at most 256 bytes and 7 slashes")
    if len(payload) > MAXIMUM_PAYLOAD:
        raise errors.RequestEntityTooLargeException(f"A payload has at most {MAXIMUM_PAYLOAD} bytes")
    if _OVER_MQTT_ALONE.match(topic):
        raise errors.InvalidRequestException("Invalid publish to restricted topic using HTTP")
    if topic.startswith("$") and not _ASKED.match(topic) and parse_reserved(topic) is None:
        raise errors.InvalidRequestException("Topic can't start with $")


def retained_messages(scope: Scope) -> QuerySet[RetainedMessage]:
    """Select the retained messages of a scope."""
    return RetainedMessage.objects.filter(account=scope.account, region=scope.region)


def get_retained_message(scope: Scope, *, topic: str) -> RetainedMessage:
    """Find the retained message of a topic. Raises ResourceNotFoundException."""
    row = retained_messages(scope).filter(topic=topic).first()
    if row is None:
        raise errors.ResourceNotFoundException("Retained message not found")
    return row


def keep_retained(scope: Scope, messages: list[Message]) -> None:
    """Remember what was published with the retain flag; an empty payload forgets it."""
    for message in messages:
        row: dict[str, Any] = {"account": scope.account, "region": scope.region, "topic": message.topic}
        RetainedMessage.objects.filter(**row).delete()
        if message.payload:
            RetainedMessage.objects.create(
                **row,
                payload=message.payload,
                qos=message.qos,
                modified_at=time.time(),
                user_properties=[list(pair) for pair in message.properties.user_properties],
            )
