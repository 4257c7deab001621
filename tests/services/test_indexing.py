"""The index as a whole: built in turns, followed in order, cleared when it is off."""

import pytest

from iot.core import errors
from iot.models import IndexChange, ThingGroupTerm, ThingTerm
from iot.services import indexing, search, thing_groups
from tests.services.fleet import SCOPE, index, thing

pytestmark = pytest.mark.django_db


def names(query: str = "*") -> list[str]:
    return [one["thingName"] for one in search.search(SCOPE, query_string=query)[0]]


def test_it_is_built_in_batches_by_whoever_has_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "BATCH", 2)
    monkeypatch.setattr(indexing, "FIRST_SECONDS", -1)
    for number in range(5):
        thing(f"t{number}")
    thing_groups.create_thing_group(SCOPE, thing_group_name="g")
    index()
    assert indexing.describe_index(SCOPE, indexing.THINGS)["indexStatus"] == "BUILDING"
    with pytest.raises(errors.IndexNotReadyException):
        names()
    while indexing.work(SCOPE, -1):
        pass
    assert indexing.describe_index(SCOPE, indexing.THINGS)["indexStatus"] == "ACTIVE"
    assert names() == [f"t{number}" for number in range(5)]
    assert ThingGroupTerm.objects.filter(field="thingGroupName").count() == 1


def test_while_it_is_built_anew_it_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    index()
    thing("t")
    assert names() == ["t"]
    monkeypatch.setattr(indexing, "FIRST_SECONDS", -1)
    monkeypatch.setattr(indexing, "BATCH", 1)
    thing("u")
    index(thingConnectivityIndexingMode="OFF")
    assert indexing.describe_index(SCOPE, indexing.THINGS)["indexStatus"] == "REBUILDING"
    assert names() == ["t", "u"]


def test_changes_are_taken_in_order_and_each_document_has_its_terms_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "CHANGES", 2)
    index()
    for number in range(3):
        thing(f"t{number}", n=str(number))
    assert indexing.follow(SCOPE) is True
    assert indexing.follow(SCOPE) is False
    assert not IndexChange.objects.exists()
    assert ThingTerm.objects.filter(field="attributes.n").count() == 3


def test_switched_off_it_forgets_everything() -> None:
    index()
    thing("t")
    indexing.follow(SCOPE)
    thing("later")
    indexing.update_indexing_configuration(
        SCOPE, thing={"thingIndexingMode": "OFF"}, group={"thingGroupIndexingMode": "OFF"}
    )
    assert not ThingTerm.objects.exists()
    assert not IndexChange.objects.exists()
    assert indexing.list_indices(SCOPE) == []


@pytest.mark.parametrize(
    ("configured", "schema"),
    [
        ({"thingConnectivityIndexingMode": "OFF"}, "REGISTRY_AND_SHADOW"),
        ({}, "REGISTRY_AND_SHADOW_AND_CONNECTIVITY_STATUS"),
        ({"thingIndexingMode": "REGISTRY"}, "REGISTRY_AND_CONNECTIVITY_STATUS"),
        ({"namedShadowIndexingMode": "ON"}, "MULTI_INDEXING_MODE"),
        ({"deviceDefenderIndexingMode": "VIOLATIONS"}, "MULTI_INDEXING_MODE"),
    ],
)
def test_the_schema_has_awss_name(configured: dict[str, str], schema: str) -> None:
    index(**configured)
    assert indexing.describe_index(SCOPE, indexing.THINGS)["schema"] == schema


def test_managed_fields_are_named_and_cannot_be_changed() -> None:
    index(managedFields=[{"name": "mine", "type": "String"}], customFields=[{"name": "attributes.a", "type": "Number"}])
    found = indexing.get_indexing_configuration(SCOPE)
    thing = found["thingIndexingConfiguration"]
    assert {"name": "registry.version", "type": "Number"} in thing["managedFields"]
    assert "mine" not in [field["name"] for field in thing["managedFields"]]
    assert thing["customFields"] == [{"name": "attributes.a", "type": "Number"}]
    assert {"name": "version", "type": "Number"} in found["thingGroupIndexingConfiguration"]["managedFields"]


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("shadow.reported.a", {"thingIndexingMode": "REGISTRY"}),
        ("shadow.name.s.reported.a", {}),
        ("deviceDefender.p.b", {}),
    ],
)
def test_a_custom_field_must_be_indexed(field: str, more: dict[str, str]) -> None:
    with pytest.raises(errors.InvalidRequestException):
        index(customFields=[{"name": field, "type": "Number"}], **more)
