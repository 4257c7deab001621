"""The service models of botocore, read once: every operation with its route and its shapes."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import botocore.loaders
import botocore.model

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


@lru_cache(maxsize=3)
def _model(service: str) -> Any:
    loaded = botocore.loaders.create_loader().load_service_model(service, "service-2")
    return botocore.model.ServiceModel(loaded, service)


def documentation(service: str, name: str) -> str:
    """What a service's model says about an operation, in HTML."""
    return str(_model(service).operation_model(name).documentation)


@lru_cache(maxsize=1)
def operations() -> dict[tuple[str, str], Operation]:
    """All operations of the three services by (service, name)."""
    found = {}
    for service in dict.fromkeys(SERVICES.values()):
        model = _model(service)
        for name in model.operation_names:
            found[service, name] = _operation(service, model.operation_model(name))
    return found


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
