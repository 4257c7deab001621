"""Lists of things for people: filtered, a page at a time by key, with what each row shows beside its name."""

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.db.models import QuerySet

from iot.core.arn import Scope
from iot.core.shadow import document as documents
from iot.models import Connection, Shadow, Thing, ThingGroupMember
from iot.services import things
from iot.services.paging import page_by

BATCH = 500
MANY = 100_000  # to count more takes longer than all else on a page
COUNT_SECONDS = 30.0
_counted: dict[Scope, tuple[float, int]] = {}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty texts and None narrow nothing. `text` is a part of the name."""

    text: str = ""
    attribute: str = ""
    value: str = ""
    thing_type: str = ""
    group: str = ""
    connected: bool | None = None

    @property
    def any(self) -> bool:
        return self != Filters()


@dataclass(frozen=True, slots=True)
class Row:
    """A thing with its connection, its groups, and whether its classic shadow is in step (None: it has none)."""

    thing: Thing
    connection: Connection | None
    groups: tuple[str, ...]
    in_step: bool | None


def count_things(scope: Scope) -> int:
    """Count the things of a scope; where they are very many, a count half a minute old will do."""
    at, known = _counted.get(scope, (0.0, 0))
    if known < MANY or time.monotonic() - at > COUNT_SECONDS:
        at, known = time.monotonic(), Thing.objects.filter(account=scope.account, region=scope.region).count()
        _counted[scope] = at, known
    return known


def list_things(
    scope: Scope,
    filters: Filters,
    *,
    after: str = "",
    limit: int = 50,
    order: Literal["name", "id"] = "name",
    descending: bool = False,
) -> tuple[list[Row], str]:
    """Answer a page in order of names, or of creation by `id`, and what the next page is after, empty on the last.

    Both orders are those of an index, so a page costs the same wherever it is.
    """
    page, following = page_by(_filtered(scope, filters), order=order, descending=descending, after=after, limit=limit)
    return _complete(scope, page), following


def every_thing(scope: Scope, filters: Filters) -> Iterator[Row]:
    """Answer all things that the filters leave, in order of names, read a batch at a time."""
    after = "first"
    while after:
        rows, after = list_things(scope, filters, after="" if after == "first" else after, limit=BATCH)
        yield from rows


def select_things(scope: Scope, names: list[str]) -> list[Row]:
    """Answer the things of some names; unknown ones are left out."""
    return _complete(scope, list(things.things(scope).filter(name__in=names).order_by("name")))


def connection_of(scope: Scope, thing_name: str) -> Connection | None:
    """Answer the connection whose client id is a thing's name."""
    return Connection.objects.filter(account=scope.account, region=scope.region, client_id=thing_name).first()


def _filtered(scope: Scope, filters: Filters) -> QuerySet[Thing]:
    attribute, value = (filters.attribute, filters.value) if filters.value else (None, None)
    rows = things.things(
        scope, attribute_name=attribute, attribute_value=value, thing_type_name=filters.thing_type or None
    )
    if filters.text:
        rows = rows.filter(name__contains=filters.text)
    if filters.attribute and not filters.value:
        rows = rows.filter(attributes__has_key=filters.attribute)
    if filters.group:
        members = ThingGroupMember.objects.filter(
            group__account=scope.account, group__region=scope.region, group__name=filters.group
        )
        rows = rows.filter(pk__in=members.values("thing_id"))
    if filters.connected is not None:
        connected = Connection.objects.filter(account=scope.account, region=scope.region, connected=True)
        names = connected.values("client_id")
        rows = rows.filter(name__in=names) if filters.connected else rows.exclude(name__in=names)
    return rows


def _complete(scope: Scope, page: list[Thing]) -> list[Row]:
    names = [thing.name for thing in page]
    connections = {
        row.client_id: row
        for row in Connection.objects.filter(account=scope.account, region=scope.region, client_id__in=names)
    }
    shadows = {
        row.thing_name: _in_step(row)
        for row in Shadow.objects.filter(
            account=scope.account, region=scope.region, thing_name__in=names, name="", deleted_at__isnull=True
        )
    }
    groups: dict[int, list[str]] = defaultdict(list)
    memberships = ThingGroupMember.objects.filter(thing__in=page).order_by("group__name")
    for thing_id, group in memberships.values_list("thing_id", "group__name"):
        groups[thing_id].append(group)
    return [Row(thing, connections.get(thing.name), tuple(groups[thing.pk]), shadows.get(thing.name)) for thing in page]


def _in_step(row: Shadow) -> bool:
    document = documents.load(row.document, row.version)
    return not documents.difference(document.desired, document.reported, document.desired_times)[0]
