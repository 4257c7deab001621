"""The service models of botocore, read once: every operation with its route and its shapes."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import botocore.loaders
import botocore.model

from iot.api import extensions

SERVICES = {"iot": "iot", "iotdata": "iot-data", "iot-jobs-data": "iot-jobs-data", "iotdevicegateway": "iot-data"}
_LABEL = re.compile(r"\{([^}+]+)\+?\}")


@dataclass(frozen=True)
class Operation:
    """One operation; `segments` are its path's, a label as (name,), a literal as text."""

    service: str
    name: str
    method: str
    segments: tuple[str | tuple[str], ...]
    input: Any
    output: Any
    errors: dict[str, int]


@lru_cache(maxsize=4)
def _model(service: str) -> Any:
    if service == extensions.SERVICE:
        return botocore.model.ServiceModel(extensions.MODEL, service)
    loaded = botocore.loaders.create_loader().load_service_model(service, "service-2")
    return botocore.model.ServiceModel(loaded, service)


def documentation(service: str, name: str) -> str:
    """What a service's model says about an operation, in HTML."""
    return str(_model(service).operation_model(name).documentation)


@lru_cache(maxsize=1)
def operations() -> dict[tuple[str, str], Operation]:
    """All operations of AWS's three services by (service, name)."""
    return {key: one for service in dict.fromkeys(SERVICES.values()) for key, one in _operations(service).items()}


@lru_cache(maxsize=1)
def own_operations() -> dict[tuple[str, str], Operation]:
    """The operations that AWS does not have."""
    return _operations(extensions.SERVICE)


def _operations(service: str) -> dict[tuple[str, str], Operation]:
    model = _model(service)
    return {(service, name): _operation(service, model.operation_model(name)) for name in model.operation_names}


def _operation(service: str, model: Any) -> Operation:
    path = model.http["requestUri"].partition("?")[0].strip("/")
    segments: list[str | tuple[str]] = []
    for segment in path.split("/"):
        label = _LABEL.fullmatch(segment)
        segments.append((label[1],) if label else segment)
    statuses = {shape.name: shape.metadata.get("error", {}).get("httpStatusCode", 400) for shape in model.error_shapes}
    return Operation(
        service, model.name, model.http["method"], tuple(segments), model.input_shape, model.output_shape, statuses
    )
