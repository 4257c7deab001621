"""Making very many things at once: whole batches of rows, one transaction a batch."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

import orjson
from django.db import connection, transaction
from django.utils import timezone

from iot.core.arn import Scope
from iot.models import Thing, ThingType
from iot.models.prepared import insert_many
from iot.services import index_changes, thing_attributes

BATCH = 5_000


def create_things(
    scope: Scope, things: Iterable[tuple[str, Mapping[str, str]]], *, thing_type_name: str | None = None
) -> Iterator[int]:
    """Create things from (name, attributes) pairs; names that exist are left as they are.

    Yields the size of each batch once it is committed. No registry events are published.
    """
    thing_type = None
    if thing_type_name:
        thing_type, _ = ThingType.objects.get_or_create(
            account=scope.account, region=scope.region, name=thing_type_name
        )
    waiting = iter(things)
    while batch := list(islice(waiting, BATCH)):
        with transaction.atomic():
            _create(scope, batch, None if thing_type is None else thing_type.pk)
            index_changes.things_changed(scope, [name for name, _ in batch])
        yield len(batch)


def _create(scope: Scope, batch: list[tuple[str, Mapping[str, str]]], type_key: int | None) -> None:
    """Create those of a batch that are missing, by whole arrays or by plain statements."""
    given = dict(batch)
    insert = _insert_arrays if connection.vendor == "postgresql" else _insert_rows
    keys = insert(scope, given, type_key)
    thing_attributes.write([(key, given[name]) for key, name in keys])


def _insert_arrays(scope: Scope, given: dict[str, Mapping[str, str]], type_key: int | None) -> list[tuple[int, str]]:
    """PostgreSQL: one statement for all rows, which answers those that it has made."""
    columns = "account, region, name, thing_id, thing_type_id, attributes, version, created_at"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Thing._meta.db_table} ({columns}) "  # names of our own, no input
            "SELECT %s, %s, made.name, gen_random_uuid(), %s, made.attributes::jsonb, 1, now() "
            "FROM unnest(%s::text[], %s::text[]) AS made(name, attributes) ON CONFLICT DO NOTHING RETURNING id, name",
            [
                scope.account,
                scope.region,
                type_key,
                list(given),
                [orjson.dumps(dict(attributes)).decode() for attributes in given.values()],
            ],
        )
        found: list[tuple[int, str]] = cursor.fetchall()
    return found


def _insert_rows(scope: Scope, given: dict[str, Mapping[str, str]], type_key: int | None) -> list[tuple[int, str]]:
    present = Thing.objects.filter(account=scope.account, region=scope.region, name__in=list(given))
    known = set(present.values_list("name", flat=True))
    now = timezone.now()
    rows = [
        {
            "account": scope.account,
            "region": scope.region,
            "name": name,
            "thing_id": uuid.uuid4(),
            "thing_type_id": type_key,
            "attributes": attributes,
            "version": 1,
            "created_at": now,
        }
        for name, attributes in given.items()
        if name not in known
    ]
    insert_many(Thing, rows)
    return [(key, name) for key, name in present.values_list("pk", "name") if name not in known]
