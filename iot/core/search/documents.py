"""How the index's documents are made of what is known about a thing or a group."""

from collections.abc import Mapping, Sequence
from typing import Any


def thing_document(
    *,
    name: str,
    thing_id: str | None = None,
    type_name: str | None = None,
    group_names: Sequence[str] = (),
    attributes: Mapping[str, str] | None = None,
    shadow: Mapping[str, Any] | None = None,
    named_shadows: Mapping[str, Mapping[str, Any]] | None = None,
    connectivity: Mapping[str, Any] | None = None,
    defender: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Make a thing's document; shadows come as `desired`, `reported`, `delta` and `metadata`."""
    document: dict[str, Any] = {
        "thingName": name,
        "thingId": thing_id,
        "thingTypeName": type_name,
        "thingGroupNames": list(group_names),
        "attributes": dict(attributes or {}),
    }
    shadows: dict[str, Any] = {} if shadow is None else _indexed(shadow)
    if named_shadows:
        shadows["name"] = {shadow_name: _indexed(one) for shadow_name, one in named_shadows.items()}
    document["shadow"] = shadows
    document["connectivity"] = dict(connectivity or {})
    document["deviceDefender"] = dict(defender or {})
    return document


def group_document(
    *,
    name: str,
    description: str = "",
    attributes: Mapping[str, str] | None = None,
    parent_names: Sequence[str] = (),
) -> dict[str, Any]:
    """Make a thing group's document."""
    return {
        "thingGroupName": name,
        "thingGroupNames": [name],
        "thingGroupDescription": description or None,
        "attributes": dict(attributes or {}),
        "parentGroupNames": list(parent_names),
    }


def _indexed(shadow: Mapping[str, Any]) -> dict[str, Any]:
    return {**shadow, "hasDelta": bool(shadow.get("delta"))}
