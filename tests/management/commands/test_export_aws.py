"""export-aws: a fleet goes to an endpoint that speaks AWS's API."""

import contextlib
import json
import uuid
from typing import Any

from django.core.management import CommandError

from tests.management.elsewhere import clients, plan
from tests.stack import Stack


def test_a_fleet_is_exported_and_what_is_there_is_left_alone(stack: Stack, elsewhere: str, move: Any) -> None:
    name = f"mv-{uuid.uuid4().hex[:8]}"
    there, _ = clients(elsewhere)
    stack.boto("iot").create_thing(thingName=name, attributePayload={"attributes": {"a": "1"}})
    stack.boto("iot-data").update_thing_shadow(
        thingName=name, shadowName="named", payload=json.dumps({"state": {"reported": {"x": 1}}})
    )
    steps = {(step["kind"], str(step["name"])): step["action"] for step in plan(move, "export_aws")}
    assert steps["things", name] == "create"
    with contextlib.suppress(CommandError):  # moto cannot hold all that other tests have left here
        move("export_aws", yes=True)
    assert there.describe_thing(thingName=name)["attributes"] == {"a": "1"}
    _, data = clients(elsewhere)
    answer = json.loads(data.get_thing_shadow(thingName=name, shadowName="named")["payload"].read())
    assert answer["state"]["reported"] == {"x": 1}
