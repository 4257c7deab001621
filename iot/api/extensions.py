"""Operations of our own, described as AWS describes its: what a shadow was, and going back to it.

They are signed as the data plane's are, or called with a bearer token.
"""

from typing import Any

SERVICE = "thingstead"

_SHADOW = {
    "thingName": {"shape": "ThingName", "location": "uri", "locationName": "thingName"},
    "shadowName": {"shape": "ShadowName", "location": "querystring", "locationName": "name"},
}
_ERRORS = [
    {"shape": name}
    for name in ("InvalidRequestException", "ResourceNotFoundException", "ThrottlingException", "ConflictException")
]


def _operation(name: str, method: str, path: str) -> dict[str, Any]:
    return {
        "name": name,
        "http": {"method": method, "requestUri": f"/things/{{thingName}}/shadow/versions{path}"},
        "input": {"shape": f"{name}Request"},
        "output": {"shape": f"{name}Response"},
        "errors": _ERRORS,
    }


def _structure(members: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    return {"type": "structure", "members": members, "required": required or []}


def _error(status: int) -> dict[str, Any]:
    return {**_structure({"message": {"shape": "Text"}}), "error": {"httpStatusCode": status}, "exception": True}


_ONE = {**_SHADOW, "version": {"shape": "Version", "location": "uri", "locationName": "version"}}
_VERSION = {
    "version": {"shape": "Version"},
    "timestamp": {"shape": "Time"},
    "actor": {"shape": "Text"},
    "keys": {"shape": "Texts"},
}

MODEL: dict[str, Any] = {
    "version": "2.0",
    "metadata": {
        "apiVersion": "2026-11-24",
        "endpointPrefix": SERVICE,
        "protocol": "rest-json",
        "serviceFullName": "Thingstead",
        "serviceId": "Thingstead",
        "signatureVersion": "v4",
        "signingName": "iotdata",
    },
    "operations": {
        "ListShadowVersions": {
            **_operation("ListShadowVersions", "GET", ""),
            "documentation": "Lists the versions that are kept of a shadow, newest first: who made them and which keys "
            "they named.",
        },
        "GetShadowVersion": {
            **_operation("GetShadowVersion", "GET", "/{version}"),
            "documentation": "Gets a version of a shadow with its document.",
        },
        "RestoreShadowVersion": {
            **_operation("RestoreShadowVersion", "POST", "/{version}/restore"),
            "documentation": "Wishes again for what was desired in a version: the device decides what becomes of it.",
        },
    },
    "shapes": {
        "ThingName": {"type": "string", "max": 128, "min": 1, "pattern": "[a-zA-Z0-9:_-]+"},
        "ShadowName": {"type": "string", "max": 64, "min": 1, "pattern": "[$a-zA-Z0-9:_-]+"},
        "Version": {"type": "long", "min": 1},
        "Time": {"type": "long"},
        "Text": {"type": "string"},
        "Texts": {"type": "list", "member": {"shape": "Text"}},
        "Json": {"type": "blob"},
        "ShadowVersion": _structure(_VERSION),
        "ShadowVersions": {"type": "list", "member": {"shape": "ShadowVersion"}},
        "ListShadowVersionsRequest": _structure(_SHADOW, ["thingName"]),
        "ListShadowVersionsResponse": _structure({"versions": {"shape": "ShadowVersions"}}),
        "GetShadowVersionRequest": _structure(_ONE, ["thingName", "version"]),
        "GetShadowVersionResponse": {**_structure({"payload": {"shape": "Json"}}), "payload": "payload"},
        "RestoreShadowVersionRequest": _structure(_ONE, ["thingName", "version"]),
        "RestoreShadowVersionResponse": {**_structure({"payload": {"shape": "Json"}}), "payload": "payload"},
        "InvalidRequestException": _error(400),
        "ResourceNotFoundException": _error(404),
        "ThrottlingException": _error(429),
        "ConflictException": _error(409),
    },
}
