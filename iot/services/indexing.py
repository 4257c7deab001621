"""The fleet index as a whole: what it holds, building it, and keeping it up with what changes.

An index is built from all rows in batches, by whoever has time for it: the call that switched it on for a second, the
bridge for the rest. After that it follows the changes that services note (`index_changes`). A search first takes in
what is outstanding, so that it sees what its caller has just done.
"""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.arn import Scope
from iot.core.search.entries import Entry, entries_of, parse_geo
from iot.models import AccountSetting, IndexChange, Thing, ThingGroup, ThingGroupTerm, ThingTerm
from iot.services import account_settings, dynamic_membership, table_statistics
from iot.services.index_changes import SETTING, configuration, groups_are_indexed, things_are_indexed
from iot.services.index_documents import group_documents, thing_documents

THINGS, GROUPS = "AWS_Things", "AWS_ThingGroups"
BUILD = "indexing_build"
BATCH = 500
FIRST_SECONDS = 1.0
CHANGES = 2_000
MAXIMUM_NAMED_SHADOWS = 10
DEFAULT_THING = {
    "thingIndexingMode": "OFF",
    "thingConnectivityIndexingMode": "OFF",
    "deviceDefenderIndexingMode": "OFF",
    "namedShadowIndexingMode": "OFF",
}
MAXIMUM_CUSTOM_FIELDS = 5
MANAGED_FIELDS = {
    "connectivity.connected": "Boolean",
    "connectivity.disconnectReason": "String",
    "connectivity.timestamp": "Number",
    "connectivity.version": "Number",
    "deviceDefender.violationCount": "Number",
    "registry.thingGroupNames": "String",
    "registry.thingTypeName": "String",
    "registry.version": "Number",
    "shadow.hasDelta": "Boolean",
    "shadow.name.*.hasDelta": "Boolean",
    "shadow.name.*.version": "Number",
    "shadow.version": "Number",
    "thingId": "String",
    "thingName": "String",
}
MANAGED_GROUP_FIELDS = {
    "parentGroupNames": "String",
    "thingGroupId": "String",
    "thingGroupName": "String",
    "version": "Number",
}
_COLUMNS = ("field", "text", "number", "whole", "general", "latitude", "longitude", "owner_id")


def get_indexing_configuration(scope: Scope) -> dict[str, Any]:
    """Answer the configuration in AWS's structure."""
    found = configuration(scope)
    thing, group = {**DEFAULT_THING, **found["thing"]}, dict(found["group"])
    if things_are_indexed(found):
        thing["managedFields"] = [{"name": name, "type": kind} for name, kind in MANAGED_FIELDS.items()]
    if groups_are_indexed(found):
        group["managedFields"] = [{"name": name, "type": kind} for name, kind in MANAGED_GROUP_FIELDS.items()]
    return {"thingIndexingConfiguration": thing, "thingGroupIndexingConfiguration": group}


def update_indexing_configuration(
    scope: Scope, *, thing: dict[str, Any] | None = None, group: dict[str, Any] | None = None
) -> None:
    """Replace the configuration of one index or both, and begin to build what is new; managed fields stay as they are.

    Raises InvalidRequestException for a configuration that cannot be, or where dynamic groups need the index.
    """
    thing, group = (
        one and {name: value for name, value in one.items() if name != "managedFields"} for one in (thing, group)
    )
    with transaction.atomic():
        before = configuration(scope)
        after = {"thing": thing or before["thing"], "group": group or before["group"]}
        _check(scope, after)
        account_settings.write(scope, SETTING, after)
        states = dict(account_settings.read(scope, BUILD, {}))
        if thing is not None and after["thing"] != before["thing"]:
            states["thing"] = _begin(things_are_indexed(before), things_are_indexed(after))
        if group is not None and after["group"] != before["group"]:
            states["group"] = _begin(groups_are_indexed(before), groups_are_indexed(after))
        account_settings.write(scope, BUILD, states)
        announce("settings", SETTING, scope)
    work(scope, FIRST_SECONDS)


def list_indices(scope: Scope) -> list[str]:
    """Answer the names of the indices that are on."""
    found = configuration(scope)
    on = ((THINGS, things_are_indexed(found)), (GROUPS, groups_are_indexed(found)))
    return [name for name, is_on in on if is_on]


def describe_index(scope: Scope, index_name: str) -> dict[str, str]:
    """Answer an index's state and schema. Raises ResourceNotFoundException where it is off."""
    if index_name not in list_indices(scope):
        raise errors.ResourceNotFoundException(f"Index {index_name} not found")
    return {
        "indexName": index_name,
        "indexStatus": str(_state(scope, index_name)["status"]),
        "schema": _schema(configuration(scope)["thing"]) if index_name == THINGS else "REGISTRY",
    }


def demand(scope: Scope, index_name: str) -> None:
    """Demand an index that can be asked, and bring it up to date.

    Raises ResourceNotFoundException where it is off, IndexNotReadyException while it is first built.
    """
    if describe_index(scope, index_name)["indexStatus"] == "BUILDING":
        raise errors.IndexNotReadyException(f"Index {index_name} is being built")
    follow(scope)


def demand_connectivity(scope: Scope) -> None:
    """Demand that connectivity is indexed. Raises IndexNotReadyException."""
    if configuration(scope)["thing"].get("thingConnectivityIndexingMode", "OFF") == "OFF":
        raise errors.IndexNotReadyException("Connectivity is not indexed")


def work(scope: Scope, seconds: float) -> bool:
    """Build and follow for so long; answers whether there is more to do."""
    until = time.monotonic() + seconds
    while _build(scope):
        if time.monotonic() > until:
            return True
    return follow(scope)


def follow(scope: Scope) -> bool:
    """Take outstanding changes into the index; answers whether there are more."""
    outstanding = IndexChange.objects.filter(**_of(scope))
    if not outstanding.exists():
        return False
    with transaction.atomic():
        _claim(scope)
        changes = list(outstanding.order_by("pk")[:CHANGES].values_list("pk", "kind", "name"))
        names = {kind: {name for _, of_kind, name in changes if of_kind == kind} for kind in ("thing", "group")}
        if names["thing"]:
            _index_things(scope, Thing.objects.filter(name__in=names["thing"]))
        if names["group"]:
            _index_groups(ThingGroup.objects.filter(name__in=names["group"], **_of(scope)))
        IndexChange.objects.filter(pk__in=[key for key, _, _ in changes]).delete()
    return len(changes) == CHANGES


def _claim(scope: Scope) -> None:
    """Let one process at a time write to the index: two would give a document its terms twice."""
    AccountSetting.objects.select_for_update().filter(name=BUILD, **_of(scope)).first()


def _of(scope: Scope) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region}


def _begin(was_on: bool, is_on: bool) -> dict[str, Any]:
    if not is_on:
        return {"status": "CLEARING", "cursor": 0}
    return {"status": "REBUILDING" if was_on else "BUILDING", "cursor": 0}


def _state(scope: Scope, index_name: str) -> dict[str, Any]:
    states = account_settings.read(scope, BUILD, {})
    found: dict[str, Any] = states.get("thing" if index_name == THINGS else "group", {"status": "ACTIVE"})
    return found


def _build(scope: Scope) -> bool:
    """Make one batch of what is being built; answers whether anything was."""
    if all(state["status"] == "ACTIVE" for state in account_settings.read(scope, BUILD, {}).values()):
        return False
    with transaction.atomic():
        _claim(scope)
        states = dict(account_settings.read(scope, BUILD, {}))
        kind = next((one for one, state in states.items() if state["status"] != "ACTIVE"), None)
        if kind is None:
            return False
        state = states[kind]
        if state["status"] == "CLEARING":
            terms = ThingTerm if kind == "thing" else ThingGroupTerm
            terms._default_manager.filter(owner__account=scope.account, owner__region=scope.region).delete()
            IndexChange.objects.filter(kind=kind, **_of(scope)).delete()
            states[kind] = {"status": "ACTIVE"}
        else:
            last = _build_batch(scope, kind, state["cursor"])
            states[kind] = {"status": "ACTIVE"} if last is None else {**state, "cursor": last}
        account_settings.write(scope, BUILD, states)
    if states[kind]["status"] == "ACTIVE":
        table_statistics.refresh()
    return True


def _build_batch(scope: Scope, kind: str, cursor: int) -> int | None:
    if kind == "thing":
        keys = _index_things(scope, Thing.objects.filter(pk__gt=cursor).order_by("pk"), limit=BATCH)
    else:
        keys = _index_groups(ThingGroup.objects.filter(pk__gt=cursor, **_of(scope)).order_by("pk")[:BATCH])
    return keys[-1] if len(keys) == BATCH else None


def _index_things(scope: Scope, rows: Any, limit: int | None = None) -> list[int]:
    configured = configuration(scope)["thing"]
    geo = parse_geo(configured.get("filter", {}).get("geoLocations", []))
    things = list(rows.filter(**_of(scope)).select_related("thing_type", "billing_group")[:limit])
    documents = thing_documents(scope, things, configured)
    entries = {thing.pk: entries_of(documents[thing.name], geo) for thing in things}
    replace(ThingTerm, entries)
    dynamic_membership.follow(scope, things, entries)
    return [thing.pk for thing in things]


def _index_groups(rows: Any) -> list[int]:
    groups = list(rows.select_related("parent"))
    documents = group_documents(groups)
    replace(ThingGroupTerm, {group.pk: entries_of(documents[group.name]) for group in groups})
    return [group.pk for group in groups]


def replace(terms: type[Model], entries: dict[int, Sequence[Entry]] | dict[int, list[Entry]]) -> None:
    """Put entries in the place of those that owners have; plain SQL, because a build writes millions of rows."""
    terms._default_manager.filter(owner_id__in=list(entries)).delete()
    columns = ", ".join(_COLUMNS)
    places = ", ".join(["%s"] * len(_COLUMNS))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {terms._meta.db_table} ({columns}) VALUES ({places})",  # names of our own, no input
            list(_rows(entries)),
        )


def place_field(field: str) -> str:
    """The name under which a field's place stands, apart from its values."""
    return f"@{field}"


def _rows(entries: dict[int, Any]) -> Iterable[tuple[Any, ...]]:
    for owner, found in entries.items():
        for one in found:
            latitude, longitude = one.point or (None, None)
            yield (
                one.field if one.point is None else place_field(one.field),
                one.text,
                one.number,
                one.whole,
                one.general,
                latitude,
                longitude,
                owner,
            )


def _check(scope: Scope, after: dict[str, Any]) -> None:
    thing = after["thing"]
    mode = thing.get("thingIndexingMode", "OFF")
    parts = ("thingConnectivityIndexingMode", "deviceDefenderIndexingMode", "namedShadowIndexingMode")
    if mode == "OFF" and any(thing.get(part, "OFF") != "OFF" for part in parts):
        raise errors.InvalidRequestException(
            "Things must be indexed for their connectivity, shadows or violations to be"
        )
    if mode == "OFF" and ThingGroup.objects.filter(**_of(scope)).exclude(query_string="").exists():
        raise errors.InvalidRequestException("The index cannot be switched off while there are dynamic thing groups")
    selected = thing.get("filter", {})
    if len(selected.get("namedShadowNames", [])) > MAXIMUM_NAMED_SHADOWS:
        raise errors.LimitExceededException(f"At most {MAXIMUM_NAMED_SHADOWS} named shadows can be indexed")
    parse_geo(selected.get("geoLocations", []))
    _check_custom_fields(thing)


def _check_custom_fields(thing: dict[str, Any]) -> None:
    """Demand that what is to be aggregated is indexed, and that it is not too much."""
    names = [field["name"] for field in thing.get("customFields", [])]
    if len(names) > MAXIMUM_CUSTOM_FIELDS:
        raise errors.LimitExceededException(f"There can be at most {MAXIMUM_CUSTOM_FIELDS} custom fields")
    for name in names:
        if not _indexes(thing, name):
            raise errors.InvalidRequestException(f"The custom field {name} is not indexed by this configuration")


def _indexes(thing: dict[str, Any], field: str) -> bool:
    if field.startswith("shadow.name."):
        return bool(thing.get("namedShadowIndexingMode") == "ON")
    if field.startswith("shadow."):
        return bool(thing.get("thingIndexingMode") == "REGISTRY_AND_SHADOW")
    if field.startswith("deviceDefender."):
        return bool(thing.get("deviceDefenderIndexingMode") == "VIOLATIONS")
    return bool(thing.get("thingIndexingMode", "OFF") != "OFF")


def _schema(thing: dict[str, Any]) -> str:
    """The older names for what an index holds, and one for all that they do not cover."""
    if thing.get("namedShadowIndexingMode", "OFF") != "OFF" or thing.get("deviceDefenderIndexingMode", "OFF") != "OFF":
        return "MULTI_INDEXING_MODE"
    if thing.get("thingConnectivityIndexingMode", "OFF") == "OFF":
        return str(thing["thingIndexingMode"])
    if thing["thingIndexingMode"] == "REGISTRY":
        return "REGISTRY_AND_CONNECTIVITY_STATUS"
    return "REGISTRY_AND_SHADOW_AND_CONNECTIVITY_STATUS"
