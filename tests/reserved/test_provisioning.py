"""Fleet provisioning over MQTT: certificates for claims, provisioning, hooks, and both forms of payload."""

import base64
import json
from pathlib import Path
from typing import Any

import cbor2
import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from iot.core import errors
from iot.core.arn import Scope
from iot.core.message import Message, Sender
from iot.core.topic import parse_reserved
from iot.models import Certificate, CertificateStatus, OwnershipToken, Thing
from iot.reserved.provisioning import answer_request
from iot.services import functions, pki, provisioning_claims, provisioning_templates

SCOPE = Scope("123456789012", "us-east-1")
CLAIM = Sender("claimer", "claim-certificate")
HOOK = "arn:aws:lambda:us-east-1:123456789012:function:hook"
TEMPLATE = {
    "Parameters": {"Serial": {"Type": "String"}, "AWS::IoT::Certificate::Id": {"Type": "String"}},
    "Resources": {
        "thing": {
            "Type": "AWS::IoT::Thing",
            "Properties": {"ThingName": {"Fn::Join": ["-", ["dev", {"Ref": "Serial"}]]}},
        },
        "certificate": {
            "Type": "AWS::IoT::Certificate",
            "Properties": {"CertificateId": {"Ref": "AWS::IoT::Certificate::Id"}, "Status": "Active"},
        },
        "policy": {
            "Type": "AWS::IoT::Policy",
            "Properties": {"PolicyDocument": '{"Version":"2012-10-17","Statement":[]}'},
        },
    },
    "DeviceConfiguration": {"url": "https://example.com"},
}


@pytest.fixture
def fleet(db: None, tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    pki.create_authority(tmp_path)
    provisioning_templates.create_provisioning_template(
        SCOPE, template_name="fleet", template_body=json.dumps(TEMPLATE), provisioning_role_arn="role", enabled=True
    )


def ask(topic: str, body: Any, *, sender: Sender = CLAIM) -> tuple[str, dict[str, Any]]:
    form = topic.rpartition("/")[2]
    payload = body if isinstance(body, bytes) else orjson.dumps(body) if form == "json" else cbor2.dumps(body)
    request = parse_reserved(topic)
    assert request is not None
    answer = answer_request(SCOPE, request, Message(topic, payload, sender=sender))
    assert answer.topic == f"$gateway/direct/{base64.urlsafe_b64encode(sender.client_id.encode()).decode()}"
    wrapped = json.loads(answer.payload)
    content = base64.b64decode(wrapped["payload"])
    return wrapped["topic"].removeprefix(f"{topic}/"), json.loads(content) if form == "json" else cbor2.loads(content)


def provision(token: str, form: str = "json", **parameters: str) -> tuple[str, dict[str, Any]]:
    topic = f"$aws/provisioning-templates/fleet/provision/{form}"
    return ask(topic, {"certificateOwnershipToken": token, "parameters": parameters or {"Serial": "7"}})


@pytest.mark.parametrize("form", ["json", "cbor"])
def test_a_claim_gets_a_certificate_and_provisions_it(fleet: None, form: str) -> None:
    outcome, made = ask(f"$aws/certificates/create/{form}", {} if form == "cbor" else b"")
    assert outcome == "accepted"
    assert made["privateKey"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert Certificate.objects.get().status == CertificateStatus.INACTIVE
    outcome, answer = provision(made["certificateOwnershipToken"], form)
    assert (outcome, answer) == (
        "accepted",
        {"thingName": "dev-7", "deviceConfiguration": {"url": "https://example.com"}},
    )
    row = Certificate.objects.get()
    assert (row.status, row.certificate_id) == (CertificateStatus.ACTIVE, made["certificateId"])
    assert list(Thing.objects.get().principals.values_list("principal", flat=True)) == [row.arn]
    assert provision(made["certificateOwnershipToken"], form)[1]["errorCode"] == "InvalidCertificateOwnershipToken"


def test_a_request_for_an_own_key_gets_no_private_key(fleet: None) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "device")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    pem = request.public_bytes(serialization.Encoding.PEM).decode()
    outcome, made = ask("$aws/certificates/create-from-csr/json", {"certificateSigningRequest": pem})
    assert outcome == "accepted"
    assert made.keys() == {"certificateId", "certificatePem", "certificateOwnershipToken"}


@pytest.mark.parametrize(
    ("topic", "body", "status"),
    [
        ("$aws/certificates/create/json", b"{", 400),
        ("$aws/certificates/create/cbor", b"\xff\xff", 400),
        ("$aws/certificates/create/json", [], 400),
        ("$aws/certificates/create-from-csr/json", {}, 400),
        ("$aws/certificates/create-from-csr/json", {"certificateSigningRequest": "x"}, 400),
        ("$aws/provisioning-templates/fleet/provision/json", {}, 400),
        (
            "$aws/provisioning-templates/fleet/provision/json",
            {"certificateOwnershipToken": "x", "parameters": [1]},
            400,
        ),
        ("$aws/provisioning-templates/fleet/provision/json", {"certificateOwnershipToken": "x"}, 400),
        ("$aws/provisioning-templates/other/provision/json", {"certificateOwnershipToken": "x"}, 404),
    ],
)
def test_a_bad_request_is_rejected(fleet: None, topic: str, body: Any, status: int) -> None:
    outcome, answer = ask(topic, body)
    assert (outcome, answer["statusCode"]) == ("rejected", status)
    assert answer["errorCode"]
    assert answer["errorMessage"]


@pytest.mark.parametrize("serial", ["a b", "a/b", "x" * 128])
def test_a_device_cannot_choose_a_name_that_no_thing_may_have(fleet: None, serial: str) -> None:
    _, made = ask("$aws/certificates/create/json", {})
    outcome, answer = provision(made["certificateOwnershipToken"], Serial=serial)
    assert (outcome, answer["statusCode"]) == ("rejected", 400)
    assert provision(made["certificateOwnershipToken"])[0] == "accepted"


def test_a_template_that_is_not_enabled_provisions_nothing(fleet: None) -> None:
    provisioning_templates.update_provisioning_template(SCOPE, template_name="fleet", enabled=False)
    _, made = ask("$aws/certificates/create/json", {})
    assert provision(made["certificateOwnershipToken"])[1]["statusCode"] == 403


def test_the_hook_is_asked_and_may_change_or_refuse(fleet: None, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = {"targetArn": HOOK, "payloadVersion": "2020-04-01"}
    provisioning_templates.update_provisioning_template(SCOPE, template_name="fleet", pre_provisioning_hook=hook)
    _, made = ask("$aws/certificates/create/json", {})
    asked: list[dict[str, Any]] = []
    answers: list[Any] = [
        errors.InvalidResponseException("timed out"),
        {"allowProvisioning": False},
        {"allowProvisioning": True, "parameterOverrides": []} | {"parameterOverrides": [1]},
        {"allowProvisioning": True, "parameterOverrides": {"Serial": "9"}},
    ]

    def invoke(target: str, event: dict[str, Any]) -> Any:
        asked.append(event)
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(functions, "invoke", invoke)
    for _ in range(3):
        outcome, refusal = provision(made["certificateOwnershipToken"])
        assert (outcome, refusal["errorCode"]) == ("rejected", "AccessDenied")
    assert provision(made["certificateOwnershipToken"])[1]["thingName"] == "dev-9"
    assert asked[0] == {
        "claimCertificateId": "claim-certificate",
        "certificateId": made["certificateId"],
        "certificatePem": made["certificatePem"],
        "templateArn": SCOPE.arn("provisioningtemplate", "fleet"),
        "clientId": "claimer",
        "parameters": {"Serial": "7"},
    }


def test_a_certificate_that_nobody_provisions_is_deleted(fleet: None) -> None:
    _, unclaimed = ask("$aws/certificates/create/json", {})
    assert provisioning_claims.forget_unclaimed(SCOPE) == 0
    OwnershipToken.objects.update(expires_at=0)
    assert provision(unclaimed["certificateOwnershipToken"])[1]["errorCode"] == "InvalidCertificateOwnershipToken"
    assert provisioning_claims.forget_unclaimed(SCOPE) == 1
    assert not Certificate.objects.exists()
