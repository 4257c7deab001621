"""Device shadows over HTTP."""

import time

from iot.api.registry import Answer, Caller, operation
from iot.services import shadows


@operation("GetThingShadow", service="iot-data")
def get_thing_shadow(caller: Caller, *, thing_name: str, shadow_name: str = "") -> Answer:
    return {"payload": shadows.get_thing_shadow(caller.scope, thing_name=thing_name, shadow_name=shadow_name)}


@operation("UpdateThingShadow", service="iot-data", grouped=True)
def update_thing_shadow(caller: Caller, *, thing_name: str, payload: bytes, shadow_name: str = "") -> Answer:
    accepted = shadows.update_thing_shadow(
        caller.scope, thing_name=thing_name, shadow_name=shadow_name, payload=payload, actor=caller.principal
    )
    return {"payload": accepted}


@operation("DeleteThingShadow", service="iot-data", grouped=True)
def delete_thing_shadow(caller: Caller, *, thing_name: str, shadow_name: str = "") -> Answer:
    return {"payload": shadows.delete_thing_shadow(caller.scope, thing_name=thing_name, shadow_name=shadow_name)}


@operation("ListNamedShadowsForThing", service="iot-data")
def list_named_shadows_for_thing(
    caller: Caller, *, thing_name: str, next_token: str | None = None, page_size: int = 25
) -> Answer:
    names, token = shadows.list_named_shadows_for_thing(
        caller.scope, thing_name=thing_name, next_token=next_token, page_size=page_size
    )
    return {"results": names, "nextToken": token, "timestamp": int(time.time())}
