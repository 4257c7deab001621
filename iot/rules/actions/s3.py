"""Writes the output to an object of S3."""

from iot.rules.action import Action, Failed, Fired, Parameters, Render, Request, Templates, register
from iot.rules.aws import one_by_one
from iot.rules.targets import Targets


def prepare(parameters: Parameters, templates: Templates) -> Render:
    bucket, key = templates.text("bucketName"), templates.text("key")
    fixed = {"acl": parameters.get("cannedAcl", ""), "role": parameters.get("roleArn", "")}

    def render(fired: Fired) -> list[Request]:
        return [{"bucket": bucket(fired.run), "key": key(fired.run), "body": fired.body, **fixed}]

    return render


def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    client = targets.aws.client("s3", requests[0]["role"])

    def put(request: Request) -> None:
        acl = {"ACL": request["acl"]} if request["acl"] else {}
        client.put_object(Bucket=request["bucket"], Key=request["key"], Body=request["body"], **acl)

    return one_by_one(put, requests)


register(
    Action(
        name="s3",
        title="S3Action",
        prepare=prepare,
        resource=lambda parameters: str(parameters.get("bucketName", "")),
        send=send,
        lane=lambda request: f"{request['role']} {request['bucket']}",
        concurrency=8,
    )
)
