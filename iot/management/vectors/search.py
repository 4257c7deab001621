"""Runs one search vector: a query over a small fleet, whose documents lie in search-fleets.json."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from iot.core import errors
from iot.core.search.documents import group_document, thing_document
from iot.core.search.entries import Entry, entries_of, parse_geo
from iot.core.search.match import matches
from iot.core.search.query import parse_query
from iot.core.shadow.document import Document as Shadow
from iot.core.shadow.document import apply, difference

FLEETS = "search-fleets.json"
SHARED = Path(__file__).resolve().parents[3] / "tests" / "vectors"


def handles(case: dict[str, Any]) -> bool:
    """Say whether a case is a search vector."""
    return "fleet" in case and "query" in case


def failure(case: dict[str, Any], folder: Path = SHARED) -> str | None:
    """Run a case; answer None if it passed, else what was expected and what came."""
    got = result(case, folder)
    if got == case["expect"]:
        return None
    return f"expected {json.dumps(case['expect'])}, got {json.dumps(got)}"


def result(case: dict[str, Any], folder: Path = SHARED) -> dict[str, Any]:
    """Answer what a case's query finds, in the form of its expectation."""
    documents = fleets(folder)[case["fleet"]]
    try:
        node = parse_query(case["query"])
    except errors.InvalidQueryException as error:
        return {"error": error.code}
    kind, members = documents
    return {kind: sorted(name for name, entries in members.items() if matches(node, entries))}


@lru_cache(maxsize=8)
def fleets(folder: Path) -> dict[str, tuple[str, dict[str, list[Entry]]]]:
    """Read the fleets beside a vector file, or the shared ones: each its kind and its documents' entries by name."""
    path = folder / FLEETS
    content = json.loads((path if path.is_file() else SHARED / FLEETS).read_text())
    return {name: _fleet(fleet) for name, fleet in content.items()}


def _fleet(fleet: dict[str, Any]) -> tuple[str, dict[str, list[Entry]]]:
    geo = parse_geo(fleet.get("geoLocations", []))
    if "groups" in fleet:
        return "groups", {group["thingGroupName"]: entries_of(group_of(group), geo) for group in fleet["groups"]}
    return "things", {thing["thingName"]: entries_of(thing_of(thing), geo) for thing in fleet["things"]}


def group_of(group: dict[str, Any]) -> dict[str, Any]:
    """Make the document of a fleet's group."""
    return group_document(
        name=group["thingGroupName"],
        description=group.get("thingGroupDescription", ""),
        attributes=group.get("attributes"),
        parent_names=group.get("parentGroupNames", ()),
    )


def thing_of(thing: dict[str, Any]) -> dict[str, Any]:
    """Make the document of a fleet's thing."""
    named = thing.get("namedShadows", {})
    return thing_document(
        name=thing["thingName"],
        type_name=thing.get("thingTypeName"),
        group_names=thing.get("thingGroupNames", ()),
        attributes=thing.get("attributes"),
        shadow=_shadow(thing["shadow"]) if "shadow" in thing else None,
        named_shadows={name: _shadow(state) for name, state in named.items()},
        connectivity=thing.get("connectivity"),
        defender=thing.get("deviceDefender"),
    )


def _shadow(state: dict[str, Any]) -> dict[str, Any]:
    document = apply(Shadow(), state, 0)
    delta, _ = difference(document.desired, document.reported, document.desired_times)
    return {**document.state, "delta": delta}
