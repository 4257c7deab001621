"""Indexes the output in an OpenSearch or Elasticsearch domain."""

from urllib.parse import quote

from iot.rules.action import Action, Failed, Fired, Parameters, Render, Request, Templates, register
from iot.rules.signing import signed
from iot.rules.targets import Targets
from iot.services.web import NotAllowed, RequestFailed

SECONDS = 10.0


def prepare(parameters: Parameters, templates: Templates) -> Render:
    endpoint, index = templates.text("endpoint"), templates.text("index")
    kind, identifier = templates.text("type"), templates.text("id")
    role = parameters.get("roleArn", "")

    def render(fired: Fired) -> list[Request]:
        run = fired.run
        path = "/".join(quote(text(run), safe="") for text in (index, kind, identifier))
        return [{"url": f"{endpoint(run).rstrip('/')}/{path}", "body": fired.json_body("openSearch"), "role": role}]

    return render


def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    return [_put(targets, request) for request in requests]


def _put(targets: Targets, request: Request) -> Failed | None:
    headers = {"content-type": "application/json"}
    credentials = targets.aws.credentials("es", request["role"])
    if credentials is not None:
        region = targets.aws.region("es")
        headers = signed(
            "PUT", request["url"], headers, request["body"], credentials=credentials, service="es", region=region
        )
    try:
        answer = targets.web.request("PUT", request["url"], headers, request["body"], timeout=SECONDS)
    except NotAllowed as error:
        return Failed(str(error), final=True)
    except RequestFailed as error:
        return Failed(str(error))
    if 200 <= answer.status < 300:
        return None
    reason = f"{request['url']} answered with status {answer.status}: {answer.body[:300].decode('utf-8', 'replace')}"
    return Failed(reason, final=400 <= answer.status < 500 and answer.status != 429)


for _name, _title in (("openSearch", "OpenSearchAction"), ("elasticsearch", "ElasticsearchAction")):
    register(
        Action(
            name=_name,
            title=_title,
            prepare=prepare,
            resource=lambda parameters: str(parameters.get("endpoint", "")),
            send=send,
            lane=lambda request: "/".join(request["url"].split("/")[:3]),
            concurrency=8,
        )
    )
