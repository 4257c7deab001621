"""Attributes of things as rows, by which ListThings finds them among a million; written with the things."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from iot.models import ThingAttribute
from iot.models.prepared import insert_many

LAST = chr(0x10FFFF)
MANY = 100


def owners(name: str, value: str, *, prefix: bool = False) -> "QuerySet[ThingAttribute, Any]":
    """Select the keys of the things whose attribute has a value, or one that begins with it."""
    rows = ThingAttribute.objects.filter(name=name)
    if not prefix:
        return rows.filter(value=value).values("thing_id")
    # PostgreSQL knows how many values are like this, SQLite finds them by where they begin and end
    pattern = value.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    begins = rows.filter(value__like=f"{pattern}%", value__bytes_gte=value, value__bytes_lt=value + LAST)
    return begins.values("thing_id")


def write(things: Iterable[tuple[int, Mapping[str, str]]]) -> None:
    """Write the attributes of new things, by their keys."""
    rows = [(key, name, value) for key, attributes in things for name, value in attributes.items()]
    if connection.vendor == "postgresql" and len(rows) > MANY:
        _write_arrays(rows)
    else:
        insert_many(ThingAttribute, [{"thing_id": key, "name": name, "value": value} for key, name, value in rows])


def _write_arrays(rows: list[tuple[int, str, str]]) -> None:
    keys, names, values = (list(column) for column in zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {ThingAttribute._meta.db_table} (thing_id, name, value) "  # names of our own, no input
            "SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[])",
            [keys, names, values],
        )


def replace(key: int, attributes: Mapping[str, str]) -> None:
    """Write the attributes of a thing that has changed."""
    ThingAttribute.objects.filter(thing_id=key).delete()
    write([(key, attributes)])
