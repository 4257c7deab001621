"""Our own actions, which need no AWS account: a row in a table of our database, or a line in a file."""

import time

import orjson

from iot.rules.action import Action, ActionError, Failed, Fired, Parameters, Render, Request, Templates, register
from iot.rules.files import append
from iot.rules.targets import Targets
from iot.services import local_tables
from iot.services.local_tables import Entry

ROTATE_BYTES = 64 * 1024 * 1024
KEEP_FILES = 100


def prepare(parameters: Parameters, templates: Templates) -> Render:
    ((kind, given),) = parameters.items()
    if kind not in ("table", "file"):
        raise ActionError(f"There is no local action {kind}")

    def render(fired: Fired) -> list[Request]:
        request: Request = {
            "kind": kind,
            "name": given["name"],
            "at": time.time_ns() // 1_000_000,
            "rule": fired.rule_name,
            "topic": fired.run.input.topic,
            "trace": fired.trace,
            "data": fired.json_body(kind),
        }
        if kind == "table":
            request["days"] = given.get("retentionDays", local_tables.DEFAULT_DAYS)
            request["rows"] = given.get("maximumRows", local_tables.DEFAULT_ROWS)
        else:
            request["rotate"] = given.get("rotateBytes", ROTATE_BYTES)
            request["keep"] = given.get("keepFiles", KEEP_FILES)
        return [request]

    return render


def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    if requests[0]["kind"] == "table":
        local_tables.write(targets.scope, [_entry(request) for request in requests])
    else:
        first = requests[0]
        lines = [_line(request) for request in requests]
        append(targets.data / "files", first["name"], lines, rotate=first["rotate"], keep=first["keep"])
    return [None] * len(requests)


def _entry(request: Request) -> Entry:
    return Entry(
        table=request["name"],
        at=request["at"],
        rule=request["rule"],
        topic=request["topic"],
        trace=f"{request['trace']}",
        data=request["data"],
        days=request["days"],
        rows=request["rows"],
    )


def _line(request: Request) -> bytes:
    """One line of JSON: AWS's output, and beside it when, whence and by which rule it came."""
    head = orjson.dumps(
        {"at": request["at"], "rule": request["rule"], "topic": request["topic"], "trace": request["trace"]}
    )
    return head[:-1] + b',"data":' + bytes(request["data"]) + b"}\n"


register(
    Action(
        name="thingstead",
        title="ThingsteadAction",
        prepare=prepare,
        resource=lambda parameters: "/".join(
            f"{kind}/{given.get('name', '')}" for kind, given in parameters.items() if isinstance(given, dict)
        ),
        send=send,
        lane=lambda request: f"{request['kind']}/{request['name']}",
        batch=256,
        batch_bytes=4 * 1024 * 1024,
        concurrency=1,
    )
)
