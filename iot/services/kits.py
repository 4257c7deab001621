"""Connection kits: a fresh certificate for a thing, with a policy that lets it use its own topics and its shadow."""

import re
from dataclasses import dataclass

import orjson
from django.conf import settings
from django.db import transaction

from iot.core import errors
from iot.core.arn import Scope
from iot.services import certificates, policies, things


@dataclass(frozen=True, slots=True)
class Kit:
    """What a device needs to connect. The private key is here and nowhere else."""

    thing_name: str
    certificate_id: str
    certificate_pem: str
    private_key: str
    ca_pem: str
    policy_name: str
    policy_document: str
    endpoint: str
    port: int
    https_port: int


def telemetry_topic(thing_name: str) -> str:
    """Answer the topic that a kit's scripts publish to."""
    return f"devices/{thing_name}/telemetry"


def alert_topic(thing_name: str) -> str:
    """Answer the topic that the tutorial's rule publishes to."""
    return f"devices/{thing_name}/alerts"


def kit_policy_name(thing_name: str) -> str:
    """Answer the name of the policy of a thing's kits."""
    return re.sub(r"[^\w+=,.@-]", ".", f"{thing_name}-kit")[:128]


def kit_policy(scope: Scope, thing_name: str) -> str:
    """Answer a policy for one thing: connect under its name, its own topics, its shadows and jobs."""
    topics = [f"devices/{thing_name}/*", f"$aws/things/{thing_name}/*"]
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "iot:Connect",
                "Resource": [scope.arn("client", thing_name), scope.arn("client", f"{thing_name}-*")],
            },
            {
                "Effect": "Allow",
                "Action": ["iot:Publish", "iot:Receive", "iot:RetainPublish"],
                "Resource": [scope.arn("topic", topic) for topic in topics],
            },
            {
                "Effect": "Allow",
                "Action": "iot:Subscribe",
                "Resource": [scope.arn("topicfilter", topic) for topic in topics],
            },
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def issue_kit(scope: Scope, *, thing_name: str) -> Kit:
    """Make an active certificate for a thing, attach it and its policy, and answer all that a device needs.

    A kit policy that is there already is left as it is. Raises ResourceNotFoundException for an unknown thing.
    """
    with transaction.atomic():
        things.find_thing(scope, thing_name)
        name = kit_policy_name(thing_name)
        try:
            document = policies.default_document(policies.find_policy(scope, name))
        except errors.ResourceNotFoundException:
            document = kit_policy(scope, thing_name)
            policies.create_policy(scope, policy_name=name, policy_document=document)
        row, _, private_key = certificates.create_keys_and_certificate(scope, set_as_active=True)
        policies.attach_policy(scope, policy_name=name, target=row.arn)
        things.attach_thing_principal(scope, thing_name=thing_name, principal=row.arn)
    return Kit(
        thing_name=thing_name,
        certificate_id=row.certificate_id,
        certificate_pem=row.pem,
        private_key=private_key,
        ca_pem=(settings.DATA_DIR / "ca.pem").read_text(),
        policy_name=name,
        policy_document=document,
        endpoint=settings.ENDPOINT,
        port=settings.MQTT_PORT,
        https_port=settings.HTTPS_PORT,
    )
