"""Where devices and clients connect, and which registry events are published."""

from typing import Any

from django.conf import settings

from iot.api.registry import Answer, Caller, operation
from iot.core import errors
from iot.services import registry_events

ENDPOINT_TYPES = ("iot:Data", "iot:Data-ATS", "iot:CredentialProvider", "iot:Jobs")


@operation("DescribeEndpoint")
def describe_endpoint(caller: Caller, *, endpoint_type: str = "iot:Data") -> Answer:
    if endpoint_type not in ENDPOINT_TYPES:
        raise errors.InvalidRequestException(
            f"Endpoint type {endpoint_type} not recognized: expected one of {', '.join(ENDPOINT_TYPES)}"
        )
    return {"endpointAddress": settings.ENDPOINT}


@operation("DescribeEventConfigurations")
def describe_event_configurations(caller: Caller) -> Answer:
    switches = registry_events.configurations(caller.scope)
    first, last = registry_events.configured_at(caller.scope) or (None, None)
    return {
        "eventConfigurations": {name: {"Enabled": on} for name, on in switches.items()},
        "creationDate": first,
        "lastModifiedDate": last,
    }


@operation("UpdateEventConfigurations")
def update_event_configurations(caller: Caller, *, event_configurations: dict[str, Any] | None = None) -> Answer:
    if event_configurations is None:
        raise errors.InvalidRequestException("Configuration cannot be null")
    changes = {name: bool(value.get("Enabled")) for name, value in event_configurations.items()}
    registry_events.configure(caller.scope, changes)
    return {}
