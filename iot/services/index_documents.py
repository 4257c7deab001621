"""The fleet index's documents, read from the rows of a batch of things or groups."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from iot.core.arn import Scope
from iot.core.search.documents import group_document, thing_document
from iot.core.shadow import document as shadows
from iot.models import Connection, Shadow, Thing, ThingGroup, ThingGroupMember

Document = dict[str, Any]


def thing_documents(scope: Scope, things: Sequence[Thing], configured: dict[str, Any]) -> dict[str, Document]:
    """Make the documents of things, with the parts that the configuration indexes, by name."""
    names = [thing.name for thing in things]
    groups = _groups_of(things)
    found = _shadows_of(scope, names, configured)
    links = _connections_of(scope, names, configured)
    return {
        thing.name: thing_document(
            name=thing.name,
            thing_id=str(thing.thing_id),
            type_name=thing.thing_type.name if thing.thing_type else None,
            group_names=[*groups[thing.pk], *([thing.billing_group.name] if thing.billing_group else [])],
            attributes=thing.attributes,
            shadow=found[thing.name].get(""),
            named_shadows={name: one for name, one in found[thing.name].items() if name},
            connectivity=links.get(thing.name),
        )
        for thing in things
    }


def group_documents(groups: Sequence[ThingGroup]) -> dict[str, Document]:
    """Make the documents of groups, by name."""
    return {
        group.name: group_document(
            name=group.name,
            description=group.description,
            attributes=group.attributes,
            parent_names=_parents(group),
        )
        for group in groups
    }


def _groups_of(things: Sequence[Thing]) -> dict[int, list[str]]:
    """Static groups only: what a dynamic group holds follows from the index, and not the other way."""
    found: dict[int, list[str]] = defaultdict(list)
    members = ThingGroupMember.objects.filter(thing__in=things, group__query_string="").order_by("pk")
    for key, name in members.values_list("thing_id", "group__name"):
        found[key].append(name)
    return found


def _shadows_of(scope: Scope, names: Sequence[str], configured: dict[str, Any]) -> dict[str, dict[str, Document]]:
    found: dict[str, dict[str, Document]] = defaultdict(dict)
    wanted = [""] if configured.get("thingIndexingMode") == "REGISTRY_AND_SHADOW" else []
    if configured.get("namedShadowIndexingMode") == "ON":
        wanted += configured.get("filter", {}).get("namedShadowNames", [])
    if wanted:
        rows = Shadow.objects.filter(
            account=scope.account, region=scope.region, thing_name__in=names, name__in=wanted, deleted_at__isnull=True
        )
        for row in rows:
            found[row.thing_name][row.name] = shadow_document(row)
    return found


def shadow_document(row: Shadow) -> Document:
    """Make the part of a document that a shadow is."""
    document = shadows.load(row.document, row.version)
    delta, _ = shadows.difference(document.desired, document.reported, document.desired_times)
    return {**document.state, "delta": delta, "metadata": document.metadata, "version": row.version}


def _connections_of(scope: Scope, names: Sequence[str], configured: dict[str, Any]) -> dict[str, Document]:
    if configured.get("thingConnectivityIndexingMode", "OFF") == "OFF":
        return {}
    rows = Connection.objects.filter(account=scope.account, region=scope.region, client_id__in=names)
    return {row.client_id: connectivity(row) for row in rows}


def connectivity(row: Connection) -> Document:
    """Make the part of a document that tells whether a client is connected."""
    found: Document = {
        "connected": row.connected,
        "timestamp": row.connected_at if row.connected else row.disconnected_at,
    }
    if not row.connected and row.disconnect_reason:
        found["disconnectReason"] = row.disconnect_reason
    return found


def _parents(group: ThingGroup) -> list[str]:
    found: list[str] = []
    while group.parent is not None:
        group = group.parent
        found.append(group.name)
    return found
