"""Thing types over boto3."""

from typing import Any

import pytest

MQTT5 = {"propagatingAttributes": [{"userPropertyKey": "region", "thingAttribute": "site"}]}


def test_a_type_lives_from_creation_over_deprecation_to_deletion(iot: Any) -> None:
    made = iot.create_thing_type(thingTypeName="kind", thingTypeProperties={"thingTypeDescription": "a kind"})
    assert made["thingTypeArn"] == "arn:aws:iot:us-east-1:123456789012:thingtype/kind"
    found = iot.describe_thing_type(thingTypeName="kind")
    assert found["thingTypeId"] == made["thingTypeId"]
    assert found["thingTypeProperties"] == {"thingTypeDescription": "a kind"}
    assert found["thingTypeMetadata"]["deprecated"] is False
    assert "deprecationDate" not in found["thingTypeMetadata"]
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.delete_thing_type(thingTypeName="kind")
    iot.deprecate_thing_type(thingTypeName="kind")
    assert iot.describe_thing_type(thingTypeName="kind")["thingTypeMetadata"]["deprecationDate"]
    iot.deprecate_thing_type(thingTypeName="kind", undoDeprecate=True)
    assert iot.describe_thing_type(thingTypeName="kind")["thingTypeMetadata"]["deprecated"] is False
    iot.deprecate_thing_type(thingTypeName="kind")
    iot.delete_thing_type(thingTypeName="kind")
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.describe_thing_type(thingTypeName="kind")
    iot.delete_thing_type(thingTypeName="kind")


def test_creating_it_again_compares_all_properties_but_not_their_order(iot: Any) -> None:
    properties = {"searchableAttributes": ["site", "floor"], "mqtt5Configuration": MQTT5}
    first = iot.create_thing_type(thingTypeName="kind", thingTypeProperties=properties)
    again = {"searchableAttributes": ["floor", "site"], "mqtt5Configuration": MQTT5}
    assert iot.create_thing_type(thingTypeName="kind", thingTypeProperties=again)["thingTypeId"] == first["thingTypeId"]
    for other in ({}, {**properties, "thingTypeDescription": "else"}, {"searchableAttributes": ["site", "floor"]}):
        with pytest.raises(iot.exceptions.ResourceAlreadyExistsException) as error:
            iot.create_thing_type(thingTypeName="kind", thingTypeProperties=other)
        assert error.value.response["resourceArn"] == first["thingTypeArn"]
    assert iot.describe_thing_type(thingTypeName="kind")["thingTypeProperties"]["mqtt5Configuration"] == MQTT5


def test_types_are_updated_and_listed_by_how_they_begin(iot: Any) -> None:
    for name in ("thing", "thingType", "other"):
        iot.create_thing_type(thingTypeName=name, thingTypeProperties={"searchableAttributes": ["a"]})
    iot.update_thing_type(thingTypeName="thing", thingTypeProperties={"mqtt5Configuration": MQTT5})
    listed = iot.list_thing_types(thingTypeName="thing")["thingTypes"]
    assert [one["thingTypeName"] for one in listed] == ["thing", "thingType"]
    assert listed[0]["thingTypeProperties"] == {"searchableAttributes": ["a"], "mqtt5Configuration": MQTT5}


def test_a_deprecated_type_refuses_new_things_and_updates(iot: Any) -> None:
    for name in ("old", "new"):
        iot.create_thing_type(thingTypeName=name)
    iot.create_thing(thingName="kept", thingTypeName="old")
    iot.create_thing(thingName="lamp", thingTypeName="new")
    iot.deprecate_thing_type(thingTypeName="old")
    with pytest.raises(iot.exceptions.InvalidRequestException, match="depreated thing type:old"):
        iot.create_thing(thingName="another", thingTypeName="old")
    with pytest.raises(iot.exceptions.InvalidRequestException, match="deprecated thing type: old"):
        iot.update_thing(thingName="lamp", thingTypeName="old")
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.delete_thing_type(thingTypeName="old")
    assert iot.describe_thing(thingName="kept")["thingTypeName"] == "old"
    assert [one["thingName"] for one in iot.list_things(thingTypeName="old")["things"]] == ["kept"]


def test_awss_five_minutes_before_deletion_may_be_demanded(iot: Any, settings: Any) -> None:
    settings.THING_TYPE_DELETE_SECONDS = 300
    iot.create_thing_type(thingTypeName="kind")
    iot.deprecate_thing_type(thingTypeName="kind")
    with pytest.raises(iot.exceptions.InvalidRequestException, match="300 seconds"):
        iot.delete_thing_type(thingTypeName="kind")


def test_at_most_three_attributes_are_searchable(iot: Any) -> None:
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.create_thing_type(thingTypeName="kind", thingTypeProperties={"searchableAttributes": list("abcd")})
