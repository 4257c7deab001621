"""The index's documents."""

from iot.core.search.documents import group_document, thing_document


def test_a_thing_is_a_document_with_its_shadows() -> None:
    document = thing_document(
        name="t",
        type_name="lamp",
        group_names=["g"],
        attributes={"a": "1"},
        shadow={"desired": {"x": 1}, "delta": {"x": 1}},
        named_shadows={"s": {"reported": {"y": 2}, "delta": {}}},
        connectivity={"connected": True},
        defender={"violationCount": 1},
    )
    assert document == {
        "thingName": "t",
        "thingId": None,
        "thingTypeName": "lamp",
        "thingGroupNames": ["g"],
        "attributes": {"a": "1"},
        "shadow": {
            "desired": {"x": 1},
            "delta": {"x": 1},
            "hasDelta": True,
            "name": {"s": {"reported": {"y": 2}, "delta": {}, "hasDelta": False}},
        },
        "connectivity": {"connected": True},
        "deviceDefender": {"violationCount": 1},
    }


def test_a_thing_without_a_shadow_has_no_delta_to_ask_for() -> None:
    assert thing_document(name="t")["shadow"] == {}


def test_a_group_is_found_by_its_own_and_its_parents_names() -> None:
    assert group_document(name="g", attributes={"a": "b"}, parent_names=["p", "root"]) == {
        "thingGroupName": "g",
        "thingGroupNames": ["g"],
        "thingGroupDescription": None,
        "attributes": {"a": "b"},
        "parentGroupNames": ["p", "root"],
    }
