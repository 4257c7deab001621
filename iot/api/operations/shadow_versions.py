"""The versions that are kept of shadows."""

import orjson

from iot.api.extensions import SERVICE
from iot.api.registry import Answer, Caller, operation
from iot.services import shadow_history, shadows


@operation("ListShadowVersions", service=SERVICE)
def list_shadow_versions(caller: Caller, *, thing_name: str, shadow_name: str = "") -> Answer:
    found = shadow_history.versions(caller.scope, thing_name=thing_name, shadow_name=shadow_name)
    return {
        "versions": [
            {"version": one.version, "timestamp": int(one.at), "actor": one.actor, "keys": list(one.keys)}
            for one in found
        ]
    }


@operation("GetShadowVersion", service=SERVICE)
def get_shadow_version(caller: Caller, *, thing_name: str, version: int, shadow_name: str = "") -> Answer:
    found = shadow_history.find_version(caller.scope, thing_name=thing_name, shadow_name=shadow_name, version=version)
    document = {
        "state": found.document.state,
        "metadata": found.document.metadata,
        "version": found.version,
        "timestamp": int(found.at),
    }
    return {"payload": orjson.dumps(document)}


@operation("RestoreShadowVersion", service=SERVICE)
def restore_shadow_version(caller: Caller, *, thing_name: str, version: int, shadow_name: str = "") -> Answer:
    found = shadow_history.find_version(caller.scope, thing_name=thing_name, shadow_name=shadow_name, version=version)
    present = shadows.find_shadow(caller.scope, thing_name=thing_name, shadow_name=shadow_name)
    wish = shadow_history.wish(found, None if present is None else present[0])
    accepted = shadows.update_thing_shadow(
        caller.scope, thing_name=thing_name, shadow_name=shadow_name, payload=wish, actor=caller.principal
    )
    return {"payload": accepted}
