"""What rules SQL may ask of us: shadows and the registry, read and never written."""

from typing import Any

import orjson

from iot.core import errors
from iot.core.arn import Scope
from iot.core.sql import FunctionFailed, NoPorts
from iot.services import shadows, thing_groups, things

MOST_GROUPS = 250


class OurPorts(NoPorts):
    """Answers for a scope; functions that ask AWS fail."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def get_thing_shadow(self, thing_name: str, shadow_name: str) -> Any:
        try:
            found = shadows.get_thing_shadow(self._scope, thing_name=thing_name, shadow_name=shadow_name)
        except errors.AwsError as error:
            raise FunctionFailed(f"get_thing_shadow: {error.message}") from None
        return orjson.loads(found)

    def get_registry_data(self, api: str, thing_name: str) -> Any:
        try:
            thing = things.find_thing(self._scope, thing_name)
            if api == "DescribeThing":
                found = things.describe(thing)
                return {name: value for name, value in found.items() if value is not None}
            if api == "ListThingGroupsForThing":
                rows = thing_groups.groups_of(self._scope, thing_name=thing_name)[:MOST_GROUPS]
                return {"thingGroups": [thing_groups.summary(row.group) for row in rows]}
        except errors.AwsError as error:
            raise FunctionFailed(f"get_registry_data: {error.message}") from None
        raise FunctionFailed(f"get_registry_data knows DescribeThing and ListThingGroupsForThing, not {api}")
