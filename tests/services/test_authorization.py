"""Effective policies and tests of authorization as services."""

import json

import pytest

from iot.core import errors
from iot.models import Certificate
from iot.services import authorization, certificates, policies, things
from tests.services.broker import SCOPE

pytestmark = pytest.mark.django_db
CONNECT = "arn:aws:iot:us-east-1:123456789012:client/"


@pytest.fixture
def certificate(data_directory: object) -> Certificate:
    row, _, _ = certificates.create_keys_and_certificate(SCOPE, set_as_active=True)
    text = {
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "iot:Connect",
                "Resource": CONNECT + "${iot:Connection.Thing.Attributes[room]}-${iot:Certificate.Subject.CommonName}",
            }
        ]
    }
    policies.create_policy(SCOPE, policy_name="p", policy_document=json.dumps(text))
    policies.attach_policy(SCOPE, policy_name="p", target=row.arn)
    return row


def decision(certificate: Certificate, client_id: str | None, resource: str) -> str:
    infos = [{"actionType": "CONNECT", "resources": [CONNECT + resource]}]
    (found,) = authorization.test_authorization(SCOPE, auth_infos=infos, principal=certificate.arn, client_id=client_id)
    return str(found["authDecision"])


def test_variables_have_the_values_of_thing_and_certificate(certificate: Certificate) -> None:
    attributes = {"attributes": {"room": "hall"}}
    things.create_thing(SCOPE, thing_name="lamp", attribute_payload=attributes)
    things.attach_thing_principal(SCOPE, thing_name="lamp", principal=certificate.arn)
    wanted = "hall-AWS IoT Certificate"
    assert decision(certificate, "lamp", wanted) == "ALLOWED"
    assert decision(certificate, "other", wanted) == "IMPLICIT_DENY"
    assert decision(certificate, "lamp", "kitchen-AWS IoT Certificate") == "IMPLICIT_DENY"


def test_an_exclusive_thing_counts_whatever_the_client_id(certificate: Certificate) -> None:
    things.create_thing(SCOPE, thing_name="lamp", attribute_payload={"attributes": {"room": "hall"}})
    things.attach_thing_principal(
        SCOPE, thing_name="lamp", principal=certificate.arn, thing_principal_type="EXCLUSIVE_THING"
    )
    assert decision(certificate, "other", "hall-AWS IoT Certificate") == "ALLOWED"


def test_unknown_actions_and_principals_are_refused(certificate: Certificate) -> None:
    with pytest.raises(errors.InvalidRequestException):
        authorization.test_authorization(SCOPE, auth_infos=[{"actionType": "FLY", "resources": ["*"]}])
    with pytest.raises(errors.ResourceNotFoundException):
        authorization.effective_policies(SCOPE, principal=SCOPE.arn("cert", "0" * 64))
    assert authorization.effective_policies(SCOPE, principal="us-east-1:identity") == []
