"""Making very many things at once: whole batches of rows, one transaction a batch."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

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
    """Create those of a batch that are missing: plain statements, because a registry has millions of rows."""
    present = Thing.objects.filter(account=scope.account, region=scope.region)
    known = set(present.filter(name__in=[name for name, _ in batch]).values_list("name", flat=True))
    now = timezone.now()
    made = {name: attributes for name, attributes in batch if name not in known}
    insert_many(
        Thing,
        [
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
            for name, attributes in made.items()
        ],
    )
    keys = present.filter(name__in=list(made)).values_list("pk", "name")
    thing_attributes.write((key, made[name]) for key, name in keys)


def refresh_statistics() -> None:
    """Let the database look at its tables anew, so that its plans fit their sizes."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
