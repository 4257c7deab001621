"""Puts a value on a CloudWatch metric."""

import time
from functools import partial
from typing import Any

from iot.rules.action import Action, Failed, Fired, Parameters, Render, Request, Templates, number, register
from iot.rules.aws import all_or_each
from iot.rules.targets import Targets


def prepare(parameters: Parameters, templates: Templates) -> Render:
    namespace, name = templates.text("metricNamespace"), templates.text("metricName")
    value, unit = templates.text("metricValue"), templates.text("metricUnit")
    timestamp = templates.optional("metricTimestamp")
    role = parameters.get("roleArn", "")

    def render(fired: Fired) -> list[Request]:
        run = fired.run
        return [
            {
                "namespace": namespace(run),
                "name": name(run),
                "value": number(value(run), "metricValue"),
                "unit": unit(run),
                "at": time.time() if timestamp is None else number(timestamp(run), "metricTimestamp"),
                "role": role,
            }
        ]

    return render


def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    client = targets.aws.client("cloudwatch", requests[0]["role"])
    return all_or_each(partial(_send, client, requests[0]["namespace"]), requests)


def _send(client: Any, namespace: str, requests: list[Request]) -> list[Failed | None]:
    data = [
        {"MetricName": one["name"], "Value": one["value"], "Unit": one["unit"], "Timestamp": one["at"]}
        for one in requests
    ]
    client.put_metric_data(Namespace=namespace, MetricData=data)
    return [None] * len(requests)


register(
    Action(
        name="cloudwatchMetric",
        title="CloudwatchMetricAction",
        prepare=prepare,
        resource=lambda parameters: str(parameters.get("metricName", "")),
        send=send,
        lane=lambda request: f"{request['role']} {request['namespace']}",
        batch=20,
    )
)
