"""Posts the output to a URL whose owner has confirmed, alone or in batches, as AWS does: three tries within 3 s."""

import time
from typing import Any

import orjson

from iot.rules.action import Action, ActionError, Failed, Fired, Parameters, Render, Request, Templates, register
from iot.rules.signing import signed
from iot.rules.targets import Targets
from iot.services import metrics
from iot.services.web import MAXIMUM_ANSWER, NotAllowed, RequestFailed, TimedOut, UnknownHost

TRIES = 3
SECONDS = 3.0
PAUSE = 0.1
MAXIMUM_HEADERS = 100
_CODES = {4: "HttpCode_4XX", 5: "HttpCode_5XX"}
_COUNTED = ((NotAllowed, "HttpInvalidUrl"), (UnknownHost, "HttpUnknownHost"), (TimedOut, "HttpRequestTimeout"))
DEFAULT_BATCH = {"maxBatchOpenMs": 20, "maxBatchSize": 10, "maxBatchSizeBytes": 5120, "batchAcrossTopics": False}


def prepare(parameters: Parameters, templates: Templates) -> Render:
    url = templates.text("url")
    headers = [(str(one["key"]), templates.of(str(one["value"]))) for one in parameters.get("headers") or ()]
    batch = {**DEFAULT_BATCH, **(parameters.get("batchConfig") or {})} if parameters.get("enableBatching") else None
    auth = (parameters.get("auth") or {}).get("sigv4")
    if len(headers) > MAXIMUM_HEADERS:
        raise ActionError(f"An HTTP action has at most {MAXIMUM_HEADERS} headers")

    def render(fired: Fired) -> list[Request]:
        request: Request = {
            "url": url(fired.run),
            "headers": [[key, value(fired.run)] for key, value in headers],
            "body": fired.body,
            "type": "application/json" if fired.is_json else "application/octet-stream",
            "rule": fired.rule_name,
        }
        if auth:
            request["auth"] = dict(auth)
        if batch is not None:
            request["body"] = _element(fired)
            topic = "" if batch["batchAcrossTopics"] else fired.run.input.topic
            request["batch"] = {
                "size": batch["maxBatchSize"],
                "bytes": batch["maxBatchSizeBytes"],
                "open": batch["maxBatchOpenMs"] / 1000,
                "of": f"{fired.rule_name} {topic}",
            }
        return [request]

    return render


def lane(request: Request) -> str:
    if "batch" in request:
        return f"{request['url']} {request['batch']['of']}"
    return "/".join(request["url"].split("/")[:3])


def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    if len(requests) == 1 and "batch" not in requests[0]:
        return [_post(targets, requests[0], requests[0]["body"], requests[0]["type"])]
    bodies = [request["body"] for request in requests]
    result = _post(targets, requests[-1], b"[" + b",".join(bodies) + b"]", "application/json")
    return [result] * len(requests)


def _element(fired: Fired) -> bytes:
    """The output as an element of a batch's array."""
    return fired.body if fired.is_json else orjson.dumps(fired.text_body("batched http"))


def _post(targets: Targets, request: Request, body: bytes, content_type: str) -> Failed | None:
    url = request["url"]
    headers = {key: value for key, value in request["headers"]}
    if not any(key.lower() == "content-type" for key in headers):
        headers["content-type"] = content_type
    try:
        targets.web.check(url)
        targets.confirmed.demand(url)
        if "auth" in request:
            headers = _signed(targets, request["auth"], url, headers, body)
        return _try(targets, request["rule"], url, headers, body)
    except (ActionError, NotAllowed, RequestFailed) as error:
        counted = next((name for kind, name in _COUNTED if isinstance(error, kind)), None)
        if counted is not None:
            metrics.count(counted, request["rule"])
        return Failed(str(error), final=True)


def _try(targets: Targets, rule_name: str, url: str, headers: dict[str, str], body: bytes) -> Failed | None:
    deadline = time.monotonic() + SECONDS
    for number in range(1, TRIES + 1):
        answer = targets.web.request("POST", url, headers, body, timeout=max(0.01, deadline - time.monotonic()))
        if 200 <= answer.status < 300:
            return None
        metrics.count(_CODES.get(answer.status // 100, "HttpCode_Other"), rule_name)
        failed = Failed(f"{url} answered with status {answer.status}: {answer.body[:200].decode('utf-8', 'replace')}")
        again = answer.status == 429 or answer.status >= 500
        pause = PAUSE * 2**number
        if not again or len(answer.body) > MAXIMUM_ANSWER or time.monotonic() + pause > deadline:
            return failed
        if number < TRIES:
            time.sleep(pause)
    return failed


def _signed(targets: Targets, auth: Any, url: str, headers: dict[str, str], body: bytes) -> dict[str, str]:
    credentials = targets.aws.credentials("sts", auth.get("roleArn", ""))
    if credentials is None:
        raise ActionError("No credentials are set to sign the request with")
    return signed(
        "POST", url, headers, body, credentials=credentials, service=auth["serviceName"], region=auth["signingRegion"]
    )


register(
    Action(
        name="http",
        title="HttpAction",
        prepare=prepare,
        resource=lambda parameters: str(parameters.get("url", "")),
        send=send,
        lane=lane,
        concurrency=8,
        retries=False,
    )
)
