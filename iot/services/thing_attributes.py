"""Attributes of things as rows, by which ListThings finds them among a million; written with the things."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet

from iot.models import ThingAttribute
from iot.models.prepared import insert_many

LAST = chr(0x10FFFF)


def owners(name: str, value: str, *, prefix: bool = False) -> "QuerySet[ThingAttribute, Any]":
    """Select the keys of the things whose attribute has a value, or one that begins with it."""
    rows = ThingAttribute.objects.filter(name=name)
    rows = rows.filter(value__bytes_gte=value, value__bytes_lt=value + LAST) if prefix else rows.filter(value=value)
    return rows.values("thing_id")


def write(things: Iterable[tuple[int, Mapping[str, str]]]) -> None:
    """Write the attributes of new things, by their keys."""
    insert_many(
        ThingAttribute,
        [
            {"thing_id": key, "name": name, "value": value}
            for key, attributes in things
            for name, value in attributes.items()
        ],
    )


def replace(key: int, attributes: Mapping[str, str]) -> None:
    """Write the attributes of a thing that has changed."""
    ThingAttribute.objects.filter(thing_id=key).delete()
    write([(key, attributes)])
