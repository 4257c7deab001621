"""Starts an execution of a Step Functions state machine with the output."""

import contextlib

from iot.rules.action import Action, Failed, Fired, Parameters, Render, Request, Templates, register
from iot.rules.aws import one_by_one, region_of
from iot.rules.targets import Targets


def prepare(parameters: Parameters, templates: Templates) -> Render:
    machine, prefix = templates.text("stateMachineName"), templates.text("executionNamePrefix")
    role = parameters.get("roleArn", "")

    def render(fired: Fired) -> list[Request]:
        return [
            {
                "machine": machine(fired.run),
                # A second try of this request asks for the same execution, which then exists.
                "name": f"{prefix(fired.run)}{fired.identity()}",
                "input": fired.json_body("stepFunctions").decode(),
                "role": role,
            }
        ]

    return render


def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    machine = requests[0]["machine"]
    scope = targets.scope
    arn = machine if machine.startswith("arn:") else _arn(scope.region, scope.account, machine)
    client = targets.aws.client("stepfunctions", requests[0]["role"], region_of(arn))

    def start(request: Request) -> None:
        with contextlib.suppress(client.exceptions.ExecutionAlreadyExists):
            client.start_execution(stateMachineArn=arn, name=request["name"], input=request["input"])

    return one_by_one(start, requests)


def _arn(region: str, account: str, name: str) -> str:
    return f"arn:aws:states:{region}:{account}:stateMachine:{name}"


register(
    Action(
        name="stepFunctions",
        title="StepFunctionsAction",
        prepare=prepare,
        resource=lambda parameters: str(parameters.get("stateMachineName", "")),
        send=send,
        lane=lambda request: f"{request['role']} {request['machine']}",
    )
)
