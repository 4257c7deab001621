"""boto3 as it is, over everything that a registry and a data plane need at first."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.stack import ALLOW_ALL, Stack


def unique(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_it_describes_the_endpoint(stack: Stack) -> None:
    answer = stack.boto("iot").describe_endpoint(endpointType="iot:Data-ATS")
    assert answer["endpointAddress"] == "localhost"


def test_a_thing_lives_from_creation_to_deletion(stack: Stack) -> None:
    iot, name = stack.boto("iot"), unique("boto")
    made = iot.create_thing(thingName=name, attributePayload={"attributes": {"site": "north"}})
    assert made["thingArn"] == f"arn:aws:iot:us-east-1:123456789012:thing/{name}"
    iot.update_thing(thingName=name, attributePayload={"attributes": {"floor": "2"}, "merge": True})
    described = iot.describe_thing(thingName=name)
    assert (described["version"], described["attributes"]) == (2, {"site": "north", "floor": "2"})
    with pytest.raises(iot.exceptions.VersionConflictException):
        iot.update_thing(thingName=name, expectedVersion=1)
    iot.delete_thing(thingName=name)
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.describe_thing(thingName=name)


def test_it_pages_through_things(stack: Stack) -> None:
    iot, site = stack.boto("iot"), unique("site")
    names = {unique("paged") for _ in range(5)}
    for name in names:
        iot.create_thing(thingName=name, attributePayload={"attributes": {"site": site}})
    pages = iot.get_paginator("list_things").paginate(
        attributeName="site", attributeValue=site, PaginationConfig={"PageSize": 2}
    )
    sizes = [[thing["thingName"] for thing in page["things"]] for page in pages]
    assert [len(size) for size in sizes] == [2, 2, 1]
    assert {name for size in sizes for name in size} == names


def test_a_certificate_is_made_listed_switched_off_and_deleted(stack: Stack) -> None:
    iot = stack.boto("iot")
    made = iot.create_keys_and_certificate(setAsActive=True)
    identifier = made["certificateId"]
    certificate = x509.load_pem_x509_certificate(made["certificatePem"].encode())
    assert certificate.fingerprint(hashes.SHA256()).hex() == identifier
    assert made["keyPair"]["PrivateKey"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    described = iot.describe_certificate(certificateId=identifier)["certificateDescription"]
    assert (described["status"], described["certificatePem"]) == ("ACTIVE", made["certificatePem"])
    listed = iot.get_paginator("list_certificates").paginate(PaginationConfig={"PageSize": 250})
    assert identifier in {one["certificateId"] for page in listed for one in page["certificates"]}
    with pytest.raises(iot.exceptions.CertificateStateException):
        iot.delete_certificate(certificateId=identifier)
    iot.update_certificate(certificateId=identifier, newStatus="INACTIVE")
    iot.delete_certificate(certificateId=identifier)
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.describe_certificate(certificateId=identifier)


def test_a_certificate_is_issued_for_a_request(stack: Stack) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mine")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    made = stack.boto("iot").create_certificate_from_csr(
        certificateSigningRequest=request.public_bytes(serialization.Encoding.PEM).decode()
    )
    certificate = x509.load_pem_x509_certificate(made["certificatePem"].encode())
    assert certificate.public_key() == key.public_key()
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert not constraints.ca


def test_a_policy_has_versions_and_targets(stack: Stack) -> None:
    iot, name = stack.boto("iot"), unique("policy")
    document = json.dumps(ALLOW_ALL)
    iot.create_policy(policyName=name, policyDocument=document)
    narrower = json.dumps({"Version": "2012-10-17", "Statement": []})
    second = iot.create_policy_version(policyName=name, policyDocument=narrower, setAsDefault=True)
    assert second["policyVersionId"] == "2"
    assert iot.get_policy(policyName=name)["policyDocument"] == narrower
    assert iot.get_policy_version(policyName=name, policyVersionId="1")["policyDocument"] == document
    iot.set_default_policy_version(policyName=name, policyVersionId="1")
    iot.delete_policy_version(policyName=name, policyVersionId="2")
    target = iot.create_keys_and_certificate()["certificateArn"]
    iot.attach_policy(policyName=name, target=target)
    attached = iot.list_attached_policies(target=target)["policies"]
    assert [one["policyName"] for one in attached] == [name]
    assert iot.list_targets_for_policy(policyName=name)["targets"] == [target]
    with pytest.raises(iot.exceptions.DeleteConflictException):
        iot.delete_policy(policyName=name)
    iot.detach_policy(policyName=name, target=target)
    iot.delete_policy(policyName=name)


def test_things_and_principals_find_each_other(stack: Stack) -> None:
    iot, device = stack.boto("iot"), stack.device()
    assert iot.list_thing_principals(thingName=device.thing)["principals"] == [device.certificate_arn]
    assert iot.list_principal_things(principal=device.certificate_arn)["things"] == [device.thing]
    iot.detach_thing_principal(thingName=device.thing, principal=device.certificate_arn)
    assert iot.list_principal_things(principal=device.certificate_arn)["things"] == []


def test_a_topic_rule_is_made_changed_switched_and_deleted(stack: Stack) -> None:
    iot, name = stack.boto("iot"), unique("rule").replace("-", "_")
    action = {"republish": {"roleArn": "arn:aws:iam::123456789012:role/r", "topic": "out/${topic(2)}"}}
    payload: dict[str, Any] = {"sql": "SELECT temp FROM 'in/+' WHERE temp > 20", "actions": [action]}
    iot.create_topic_rule(ruleName=name, topicRulePayload=payload)
    found = iot.get_topic_rule(ruleName=name)
    assert found["rule"]["sql"] == payload["sql"]
    assert found["rule"]["actions"][0]["republish"]["topic"] == "out/${topic(2)}"
    iot.disable_topic_rule(ruleName=name)
    assert iot.get_topic_rule(ruleName=name)["rule"]["ruleDisabled"]
    iot.enable_topic_rule(ruleName=name)
    with pytest.raises(iot.exceptions.SqlParseException):
        iot.replace_topic_rule(ruleName=name, topicRulePayload={**payload, "sql": "SELECT FROM"})
    iot.replace_topic_rule(ruleName=name, topicRulePayload={**payload, "sql": "SELECT * FROM 'in/#'"})
    pages = iot.get_paginator("list_topic_rules").paginate()
    assert {rule["ruleName"]: rule["topicPattern"] for page in pages for rule in page["rules"]}[name] == "in/#"
    iot.delete_topic_rule(ruleName=name)


def test_a_shadow_is_kept_by_version(stack: Stack) -> None:
    data, thing = stack.boto("iot-data"), unique("shadow")
    body = json.dumps({"state": {"desired": {"led": "on"}, "reported": {"led": "off"}}})
    data.update_thing_shadow(thingName=thing, payload=body)
    shadow = json.loads(data.get_thing_shadow(thingName=thing)["payload"].read())
    assert shadow["state"]["delta"] == {"led": "on"}
    with pytest.raises(data.exceptions.ConflictException):
        data.update_thing_shadow(thingName=thing, payload=json.dumps({"state": {"desired": {}}, "version": 99}))
    data.update_thing_shadow(thingName=thing, shadowName="config", payload=body)
    assert data.list_named_shadows_for_thing(thingName=thing)["results"] == ["config"]
    data.delete_thing_shadow(thingName=thing)
    with pytest.raises(data.exceptions.ResourceNotFoundException):
        data.get_thing_shadow(thingName=thing)


def test_an_unknown_key_is_refused(stack: Stack) -> None:
    import boto3

    iot = boto3.client(
        "iot",
        endpoint_url=stack.api,
        region_name="us-east-1",
        aws_access_key_id="AKIAUNKNOWN",
        aws_secret_access_key="secret",
    )
    with pytest.raises(ClientError) as error:
        iot.list_things()
    assert code(error) == "UnrecognizedClientException"
