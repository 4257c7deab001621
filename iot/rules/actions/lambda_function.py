"""Invokes a Lambda function with the output, without waiting for its answer."""

from iot.rules.action import Action, Failed, Fired, Parameters, Render, Request, Templates, register
from iot.rules.aws import one_by_one, region_of
from iot.rules.targets import Targets


def prepare(parameters: Parameters, templates: Templates) -> Render:
    function = templates.text("functionArn")

    def render(fired: Fired) -> list[Request]:
        return [{"function": function(fired.run), "payload": fired.json_body("lambda")}]

    return render


def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    function = requests[0]["function"]
    client = targets.aws.client("lambda", "", region_of(function))

    def invoke(request: Request) -> None:
        client.invoke(FunctionName=function, InvocationType="Event", Payload=request["payload"])

    return one_by_one(invoke, requests)


register(
    Action(
        name="lambda",
        title="LambdaAction",
        prepare=prepare,
        resource=lambda parameters: str(parameters.get("functionArn", "")),
        send=send,
        lane=lambda request: str(request["function"]),
        concurrency=8,
    )
)
