import json
import re
from typing import Any

from iot.rules.targets import Targets
from tests.rules.running import ROLE, carry_out, message, requests


def made(machine: str, of: Any) -> list[dict[str, Any]]:
    given = {"stateMachineName": machine, "executionNamePrefix": "${topic(2)}-", "roleArn": ROLE}
    return requests({"stepFunctions": given}, message(of))


def test_an_execution_starts_once_with_the_output(moto_targets: Targets, aws: Any) -> None:
    definition = json.dumps({"StartAt": "s", "States": {"s": {"Type": "Pass", "End": True}}})
    made_machine = aws("stepfunctions").create_state_machine(name="machine", definition=definition, roleArn=ROLE)
    wanted = made("machine", {"t": 1})
    assert carry_out(moto_targets, "stepFunctions", wanted) == [None]
    assert carry_out(moto_targets, "stepFunctions", wanted) == [None]
    arn = made_machine["stateMachineArn"]
    (execution,) = aws("stepfunctions").list_executions(stateMachineArn=arn)["executions"]
    assert execution["name"] == wanted[0]["name"]
    assert re.fullmatch(r"a-[0-9a-f-]{36}", execution["name"])
    described = aws("stepfunctions").describe_execution(executionArn=execution["executionArn"])
    assert json.loads(described["input"]) == {"t": 1}


def test_a_machine_that_does_not_exist_is_final(moto_targets: Targets) -> None:
    (failed,) = carry_out(moto_targets, "stepFunctions", made("nowhere", {"t": 1}))
    assert failed is not None
    assert failed.final
