"""Thing types as services."""

import pytest

from iot.core import errors
from iot.services import thing_types
from tests.services.broker import ELSEWHERE, SCOPE, Broker


def test_changes_are_announced(broker: Broker) -> None:
    thing_types.create_thing_type(SCOPE, thing_type_name="kind")
    thing_types.create_thing_type(SCOPE, thing_type_name="kind")
    thing_types.update_thing_type(SCOPE, thing_type_name="kind", thing_type_properties={})
    thing_types.deprecate_thing_type(SCOPE, thing_type_name="kind")
    thing_types.delete_thing_type(SCOPE, thing_type_name="kind")
    assert set(broker.announced()) == {("thingtypes", "kind")}


@pytest.mark.django_db
def test_an_update_leaves_what_it_does_not_name() -> None:
    properties = {"thingTypeDescription": "mine", "searchableAttributes": ["a"]}
    thing_types.create_thing_type(SCOPE, thing_type_name="kind", thing_type_properties=properties)
    row = thing_types.update_thing_type(
        SCOPE, thing_type_name="kind", thing_type_properties={"searchableAttributes": ["b"]}
    )
    assert (row.description, row.searchable_attributes) == ("mine", ["b"])
    with pytest.raises(errors.ResourceNotFoundException):
        thing_types.find_thing_type(ELSEWHERE, "kind")


@pytest.mark.django_db
def test_deprecating_again_keeps_the_date() -> None:
    thing_types.create_thing_type(SCOPE, thing_type_name="kind")
    thing_types.deprecate_thing_type(SCOPE, thing_type_name="kind")
    first = thing_types.find_thing_type(SCOPE, "kind").deprecated_at
    thing_types.deprecate_thing_type(SCOPE, thing_type_name="kind")
    assert thing_types.find_thing_type(SCOPE, "kind").deprecated_at == first
