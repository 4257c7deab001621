import pytest

from iot.core.arn import Scope
from iot.core.sql import FunctionFailed
from iot.services import shadows, thing_groups, things
from iot.services.rule_ports import OurPorts

pytestmark = pytest.mark.django_db

SCOPE = Scope("123456789012", "eu-west-1")


def test_shadows_are_answered_whole() -> None:
    shadows.update_thing_shadow(SCOPE, thing_name="t", shadow_name="s", payload=b'{"state":{"reported":{"a":1}}}')
    assert OurPorts(SCOPE).get_thing_shadow("t", "s")["state"] == {"reported": {"a": 1}}
    with pytest.raises(FunctionFailed, match="get_thing_shadow"):
        OurPorts(SCOPE).get_thing_shadow("t", "")


def test_the_registry_answers_as_its_api_does() -> None:
    thing = things.create_thing(SCOPE, thing_name="t", attribute_payload={"attributes": {"a": "b"}})
    group = thing_groups.create_thing_group(SCOPE, thing_group_name="g")
    thing_groups.add_thing_to_thing_group(SCOPE, group=group, thing=thing)
    ports = OurPorts(SCOPE)
    assert ports.get_registry_data("DescribeThing", "t")["attributes"] == {"a": "b"}
    assert ports.get_registry_data("ListThingGroupsForThing", "t")["thingGroups"][0]["groupName"] == "g"


@pytest.mark.parametrize(("api", "name"), [("DescribeThing", "unknown"), ("DeleteThing", "t")])
def test_what_it_does_not_know_fails(api: str, name: str) -> None:
    things.create_thing(SCOPE, thing_name="t")
    with pytest.raises(FunctionFailed, match="get_registry_data"):
        OurPorts(SCOPE).get_registry_data(api, name)


def test_what_is_awss_fails() -> None:
    with pytest.raises(FunctionFailed):
        OurPorts(SCOPE).get_dynamodb("t", {}, "r")
