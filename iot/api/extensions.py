"""Operations of our own, described as AWS describes its: shadows as they were, rules, and what happened.

They are signed as those of the control plane or the data plane are, or called with a bearer token.
"""

from typing import Any

from iot.api import rule_extensions, watch_extensions
from iot.api.shapes import described, refusal, structure

SERVICE = "thingstead"

_SHADOW = {
    "thingName": {"shape": "ThingName", "location": "uri", "locationName": "thingName"},
    "shadowName": {"shape": "ShadowName", "location": "querystring", "locationName": "name"},
}
_VERSIONS = "/things/{thingName}/shadow/versions"
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
        "ListShadowVersions": described(
            "ListShadowVersions",
            "GET",
            _VERSIONS,
            "Lists the versions that are kept of a shadow, newest first: who made them and which keys they named.",
        ),
        "GetShadowVersion": described(
            "GetShadowVersion", "GET", f"{_VERSIONS}/{{version}}", "Gets a version of a shadow with its document."
        ),
        "RestoreShadowVersion": described(
            "RestoreShadowVersion",
            "POST",
            f"{_VERSIONS}/{{version}}/restore",
            "Wishes again for what was desired in a version: the device decides what becomes of it.",
        ),
        **rule_extensions.OPERATIONS,
        **watch_extensions.OPERATIONS,
    },
    "shapes": {
        "ThingName": {"type": "string", "max": 128, "min": 1, "pattern": "[a-zA-Z0-9:_-]+"},
        "ShadowName": {"type": "string", "max": 64, "min": 1, "pattern": "[$a-zA-Z0-9:_-]+"},
        "Version": {"type": "long", "min": 1},
        "Time": {"type": "long"},
        "Text": {"type": "string"},
        "Texts": {"type": "list", "member": {"shape": "Text"}},
        "Json": {"type": "blob"},
        "ShadowVersion": structure(_VERSION),
        "ShadowVersions": {"type": "list", "member": {"shape": "ShadowVersion"}},
        "ListShadowVersionsRequest": structure(_SHADOW, ["thingName"]),
        "ListShadowVersionsResponse": structure({"versions": {"shape": "ShadowVersions"}}),
        "GetShadowVersionRequest": structure(_ONE, ["thingName", "version"]),
        "GetShadowVersionResponse": {**structure({"payload": {"shape": "Json"}}), "payload": "payload"},
        "RestoreShadowVersionRequest": structure(_ONE, ["thingName", "version"]),
        "RestoreShadowVersionResponse": {**structure({"payload": {"shape": "Json"}}), "payload": "payload"},
        **rule_extensions.SHAPES,
        **watch_extensions.SHAPES,
        "InvalidRequestException": refusal(400),
        "ResourceNotFoundException": refusal(404),
        "ThrottlingException": refusal(429),
        "ConflictException": refusal(409),
    },
}
