"""The services that rules SQL asks, answered by our own; those that are AWS's are added by `iot.rules.aws_ports`."""

from typing import Any

import orjson

from iot.core import errors
from iot.core.arn import Scope
from iot.core.sql import FunctionFailed, NoPorts
from iot.services import shadows, things


class OurPorts(NoPorts):
    """Shadows and the registry of a scope. Called in a thread."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def get_thing_shadow(self, thing_name: str, shadow_name: str) -> Any:
        try:
            found = shadows.get_thing_shadow(self._scope, thing_name=thing_name, shadow_name=shadow_name)
        except errors.AwsError as error:
            raise FunctionFailed(f"get_thing_shadow: {error.message}") from None
        return orjson.loads(found)

    def get_registry_data(self, api: str, thing_name: str) -> Any:
        if api != "DescribeThing":
            raise FunctionFailed(f"get_registry_data: {api} is not an API that it knows")
        try:
            found = things.describe(things.find_thing(self._scope, thing_name))
        except errors.AwsError as error:
            raise FunctionFailed(f"get_registry_data: {error.message}") from None
        return {name: value for name, value in found.items() if value is not None}
