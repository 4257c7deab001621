"""Statements compiled once give and take what the ORM does."""

import uuid
from datetime import UTC, datetime

import pytest

from iot.models import BillingGroup, Shadow, ShadowVersion, Thing, ThingType
from iot.models.prepared import Select, insert, insert_many, read_many, update_many, upsert_many

pytestmark = pytest.mark.django_db
BY_NAME = Select(
    lambda account, name: Thing.objects.filter(account=account, name=name).select_related(
        "thing_type", "billing_group"
    ),
    parameters=2,
)


def test_a_select_makes_the_objects_that_the_orm_makes() -> None:
    kind = ThingType.objects.create(account="1", region="r", name="kind", searchable_attributes=["a"])
    made = Thing.objects.create(account="1", region="r", name="lamp", thing_type=kind, attributes={"a": "b"})
    for _ in range(2):
        found = BY_NAME.first("1", "lamp")
        assert found == made
        assert found is not None
        assert (found.attributes, found.thing_id, found.created_at) == (made.attributes, made.thing_id, made.created_at)
        assert found.thing_type is not None
        assert (found.thing_type.name, found.thing_type.searchable_attributes) == ("kind", ["a"])
        assert found.billing_group is None
        assert not found._state.adding
    assert BY_NAME.first("1", "nobody") is None
    assert BY_NAME.first("2", "lamp") is None


def test_a_value_is_never_a_part_of_the_statement() -> None:
    Thing.objects.create(account="1", region="r", name="lamp")
    assert BY_NAME.first("1", "' OR 1=1 --") is None
    assert BY_NAME.first("1", "%s") is None


@pytest.mark.parametrize("lock", [False, True])
def test_columns_of_many_rows_are_read_in_the_order_of_their_ids(lock: bool) -> None:
    made = [Thing.objects.create(account="1", region="r", name=name) for name in ("lamp", "door", "fan")]
    wanted = {"account": ["1"], "name": ["fan", "lamp", "' OR 1=1 --"]}
    found = read_many(Thing, ("name", "id"), wanted, lock=lock)
    assert [tuple(row) for row in found] == [("lamp", made[0].pk), ("fan", made[2].pk)]
    assert read_many(Thing, ("id",), {"account": ["2"]}, lock=lock) == []


def thing(name: str) -> dict[str, object]:
    return {
        "account": "1",
        "region": "r",
        "name": name,
        "thing_id": uuid.uuid4(),
        "attributes": {"k": [1, None]},
        "version": 1,
        "created_at": datetime(2026, 1, 2, tzinfo=UTC),
    }


def test_an_insert_tells_whether_it_went_in() -> None:
    key = insert(Thing, "id", **thing("lamp"))
    assert Thing.objects.get(pk=key).attributes == {"k": [1, None]}
    assert Thing.objects.get().created_at == datetime(2026, 1, 2, tzinfo=UTC)
    assert insert(Thing, "id", **thing("lamp")) is None
    assert insert(Thing, **thing("lamp")) is False
    assert insert(Thing, **thing("other")) is True
    assert insert_many(Thing, [thing("other"), thing("third")]) == 1
    assert insert_many(Thing, []) == 0


def test_foreign_keys_are_given_by_key() -> None:
    group = BillingGroup.objects.create(account="1", region="r", name="g")
    insert(Thing, **thing("lamp"), billing_group=group.pk)
    assert Thing.objects.get().billing_group == group


def test_updates_reach_the_rows_of_their_keys() -> None:
    rows = [
        Shadow.objects.create(account="1", region="r", thing_name=name, document="old", deleted_at=1.5)
        for name in ("a", "b", "c")
    ]
    update_many(Shadow, [({"id": row.pk}, {"document": f"new {row.pk}", "deleted_at": None}) for row in rows[:2]])
    update_many(Shadow, [])
    documents = {row.thing_name: (row.document, row.deleted_at) for row in Shadow.objects.all()}
    assert documents == {"a": (f"new {rows[0].pk}", None), "b": (f"new {rows[1].pk}", None), "c": ("old", 1.5)}


def test_an_upsert_takes_the_place_of_what_has_its_key() -> None:
    def version(slot: int, number: int) -> dict[str, object]:
        key = {"account": "1", "region": "r", "thing_name": "lamp", "name": "", "slot": slot}
        return {**key, "version": number, "at": 1.0, "actor": "", "keys": ["a"], "document": "[]"}

    key = ("account", "region", "thing_name", "name", "slot")
    upsert_many(ShadowVersion, key, [version(0, 1), version(1, 2)])
    upsert_many(ShadowVersion, key, [version(0, 3)])
    upsert_many(ShadowVersion, key, [])
    assert set(ShadowVersion.objects.values_list("slot", "version")) == {(0, 3), (1, 2)}
    assert ShadowVersion.objects.get(slot=0).keys == ["a"]


def test_only_columns_can_be_written() -> None:
    with pytest.raises(TypeError):
        insert(Thing, principals=1)
