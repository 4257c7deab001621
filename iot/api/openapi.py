"""An OpenAPI 3.1 document of the API, made from the service models: every operation, served or not, with its shapes."""

import html
import re
from functools import lru_cache
from typing import Any

import orjson

from iot.api import registry
from iot.api.extensions import SERVICE
from iot.api.model import Operation, documentation, operations, own_operations

TITLES = {
    "iot": "AWS IoT: control plane",
    "iot-data": "AWS IoT: data plane",
    "iot-jobs-data": "AWS IoT: jobs data plane",
    SERVICE: "Thingstead's own",
}
_TAGS = re.compile(r"<[^>]+>")
_FORMATS: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer", "format": "int32"},
    "long": {"type": "integer", "format": "int64"},
    "float": {"type": "number"},
    "double": {"type": "number"},
    "boolean": {"type": "boolean"},
    "blob": {"type": "string", "contentEncoding": "base64"},
    "timestamp": {"type": "number", "description": "Seconds since 1970"},
}


@lru_cache(maxsize=2)
def document(server: str) -> bytes:
    """Answer the document as JSON, for an API whose root is at `server`."""
    maker = _Maker()
    paths: dict[str, dict[str, Any]] = {}
    for operation in (*operations().values(), *own_operations().values()):
        methods = paths.setdefault(_path(operation), {})
        # Three pairs of operations share a path and a method; the signature says which is meant, a document cannot.
        methods.setdefault(operation.method.lower(), maker.operation(operation))
    served = len(operations()) - len(registry.unserved())
    return orjson.dumps(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Thingstead",
                "version": "2015-05-28",
                "description": f"AWS IoT Core's own API: {served} of its {len(operations())} operations are served; "
                "the others answer 501. Call it with an AWS SDK or the AWS CLI, or with a bearer token.",
            },
            "servers": [{"url": server}],
            "tags": [{"name": name} for name in TITLES.values()],
            "security": [{"token": []}, {"signature": []}],
            "paths": dict(sorted(paths.items())),
            "components": {
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "bearer"},
                    "signature": {
                        "type": "apiKey",
                        "in": "header",
                        "name": "Authorization",
                        "description": "AWS Signature Version 4, as every AWS SDK makes it",
                    },
                },
                "schemas": dict(sorted(maker.schemas.items())),
            },
        }
    )


class _Maker:
    """Turns operations into OpenAPI's, and gathers the schemas of their shapes."""

    def __init__(self) -> None:
        self.schemas: dict[str, Any] = {}

    def operation(self, operation: Operation) -> dict[str, Any]:
        served = (operation.service, operation.name) in registry.served()
        made: dict[str, Any] = {
            "operationId": operation.name,
            "tags": [TITLES[operation.service]],
            "summary": operation.name if served else f"{operation.name} (not served)",
            "description": _plain(documentation(operation.service, operation.name)),
            "parameters": [],
            "responses": {"200": self._answer(operation)},
        }
        if not served:
            made["deprecated"] = True
        for name, status in sorted(operation.errors.items(), key=lambda one: (one[1], one[0])):
            told = made["responses"].setdefault(str(status), {"description": ""})
            told["description"] = ", ".join(filter(None, (told["description"], name)))
        if operation.input is not None:
            self._input(made, operation)
        return made

    def _input(self, made: dict[str, Any], operation: Operation) -> None:
        shape = operation.input
        payload = shape.serialization.get("payload")
        body: dict[str, Any] = {}
        for name, member in shape.members.items():
            place = {"uri": "path", "querystring": "query", "header": "header"}.get(
                member.serialization.get("location", "")
            )
            if place is not None:
                required = place == "path" or name in shape.required_members
                wire = member.serialization.get("name", name)
                schema = self.schema(operation.service, member)
                made["parameters"].append({"name": wire, "in": place, "required": required, "schema": schema})
            elif name == payload and member.type_name == "blob":
                content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
                made["requestBody"] = {"content": content}
            elif name == payload:
                schema = self.schema(operation.service, member)
                made["requestBody"] = {"content": {"application/json": {"schema": schema}}}
            else:
                body[member.serialization.get("name", name)] = self.schema(operation.service, member)
        if body:
            schema = {"type": "object", "properties": body}
            needed = [name for name in shape.required_members if name in body]
            if needed:
                schema["required"] = needed
            made["requestBody"] = {"content": {"application/json": {"schema": schema}}}

    def _answer(self, operation: Operation) -> dict[str, Any]:
        if operation.output is None:
            return {"description": "Done"}
        payload = operation.output.serialization.get("payload")
        if payload is not None:
            return {"description": "Done", "content": {"application/json": {"schema": {}}}}
        return {
            "description": "Done",
            "content": {"application/json": {"schema": self.schema(operation.service, operation.output)}},
        }

    def schema(self, service: str, shape: Any) -> dict[str, Any]:
        kind = shape.type_name
        if kind in _FORMATS:
            return {**_FORMATS[kind], **_limits(shape)}
        name = f"{service}.{shape.name}"
        if name not in self.schemas:
            self.schemas[name] = {}
            self.schemas[name] = self._container(service, shape)
        return {"$ref": f"#/components/schemas/{name}"}

    def _container(self, service: str, shape: Any) -> dict[str, Any]:
        if shape.type_name == "list":
            return {"type": "array", "items": self.schema(service, shape.member)}
        if shape.type_name == "map":
            return {"type": "object", "additionalProperties": self.schema(service, shape.value)}
        made: dict[str, Any] = {
            "type": "object",
            "properties": {
                member.serialization.get("name", name): self.schema(service, member)
                for name, member in shape.members.items()
            },
        }
        if shape.required_members:
            made["required"] = list(shape.required_members)
        return made


def _limits(shape: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    least, most = ("minLength", "maxLength") if shape.type_name == "string" else ("minimum", "maximum")
    for key, name in (("min", least), ("max", most)):
        if key in shape.metadata and shape.type_name != "blob":
            found[name] = shape.metadata[key]
    enum = getattr(shape, "enum", None)
    if enum:
        found["enum"] = list(enum)
    return found


def _path(operation: Operation) -> str:
    return "/" + "/".join(one if isinstance(one, str) else f"{{{one[0]}}}" for one in operation.segments)


def _plain(text: str) -> str:
    """Take the tags out of a model's documentation and keep its first sentence."""
    return html.unescape(_TAGS.sub("", text)).strip().partition(". ")[0].rstrip(".")
