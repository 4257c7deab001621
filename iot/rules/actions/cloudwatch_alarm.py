"""Sets the state of a CloudWatch alarm."""

from iot.rules.action import Action, Failed, Fired, Parameters, Render, Request, Templates, register
from iot.rules.aws import one_by_one
from iot.rules.targets import Targets


def prepare(parameters: Parameters, templates: Templates) -> Render:
    name, reason, value = templates.text("alarmName"), templates.text("stateReason"), templates.text("stateValue")
    role = parameters.get("roleArn", "")

    def render(fired: Fired) -> list[Request]:
        run = fired.run
        return [{"name": name(run), "reason": reason(run), "value": value(run), "role": role}]

    return render


def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    client = targets.aws.client("cloudwatch", requests[0]["role"])

    def change(request: Request) -> None:
        client.set_alarm_state(AlarmName=request["name"], StateReason=request["reason"], StateValue=request["value"])

    return one_by_one(change, requests)


register(
    Action(
        name="cloudwatchAlarm",
        title="CloudwatchAlarmAction",
        prepare=prepare,
        resource=lambda parameters: str(parameters.get("alarmName", "")),
        send=send,
        lane=lambda request: f"{request['role']} {request['name']}",
        concurrency=1,
    )
)
