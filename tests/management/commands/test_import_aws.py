"""import-aws: a fleet comes from an endpoint that speaks AWS's API."""

import hashlib
import json
import ssl
import uuid
from typing import Any

from tests.management.elsewhere import clients, fill, plan
from tests.stack import Stack


def test_a_fleet_is_imported_as_it_is_and_again_without_effect(stack: Stack, elsewhere: str, move: Any) -> None:
    name = f"mv-{uuid.uuid4().hex[:8]}"
    certificate = fill(elsewhere, name)
    before = plan(move, "import_aws")
    assert {step["action"] for step in before} == {"create"}
    assert {step["kind"] for step in before} == {
        "types", "groups", "policies", "certificates", "things", "rules", "shadows", "members",
        "principals", "certificate_policies",
    }  # fmt: skip
    assert "0 failed" in move("import_aws", yes=True)
    iot, data = stack.boto("iot"), stack.boto("iot-data")
    thing = iot.describe_thing(thingName=f"{name}-thing")
    assert (thing["attributes"], thing["thingTypeName"]) == ({"floor": "3"}, f"{name}-type")
    assert iot.list_thing_groups_for_thing(thingName=f"{name}-thing")["thingGroups"][0]["groupName"] == f"{name}-leaf"
    pem = clients(elsewhere)[0].describe_certificate(certificateId=certificate)["certificateDescription"][
        "certificatePem"
    ]
    fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    described = iot.describe_certificate(certificateId=fingerprint)["certificateDescription"]
    assert described["status"] == "ACTIVE"
    assert iot.list_thing_principals(thingName=f"{name}-thing")["principals"] == [described["certificateArn"]]
    attached = iot.list_attached_policies(target=described["certificateArn"])["policies"]
    assert [policy["policyName"] for policy in attached] == [f"{name}-policy"]
    document = json.loads(data.get_thing_shadow(thingName=f"{name}-thing")["payload"].read())
    assert document["state"]["desired"] == {"led": "on"}
    assert iot.get_topic_rule(ruleName=name.replace("-", "_"))["rule"]["sql"] == f"SELECT * FROM '{name}/#'"
    assert [step for step in plan(move, "import_aws") if step["action"] != "same"] == []
    iot.update_thing(thingName=f"{name}-thing", attributePayload={"attributes": {"floor": "4"}})
    differing = [step for step in plan(move, "import_aws") if step["action"] == "differs"]
    assert [(step["kind"], step["note"]) for step in differing] == [("things", "attributes")]
