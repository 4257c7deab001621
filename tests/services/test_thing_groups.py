"""Thing groups as services."""

import pytest

from iot.core import errors
from iot.services import certificates, thing_groups, things
from tests.services.broker import ELSEWHERE, SCOPE, Broker


def test_who_joins_or_leaves_is_announced_with_its_principals(broker: Broker, data_directory: object) -> None:
    row, _, _ = certificates.create_keys_and_certificate(SCOPE)
    group = thing_groups.create_thing_group(SCOPE, thing_group_name="g")
    thing = things.create_thing(SCOPE, thing_name="lamp")
    things.attach_thing_principal(SCOPE, thing_name="lamp", principal=row.arn)
    assert ("groups", "g") in broker.announced()
    thing_groups.add_thing_to_thing_group(SCOPE, group=group, thing=thing)
    assert broker.announced() == [("things", "lamp"), ("certificates", row.certificate_id)]
    thing_groups.remove_thing_from_thing_group(SCOPE, group=group, thing=thing)
    assert broker.announced() == [("things", "lamp"), ("certificates", row.certificate_id)]


@pytest.mark.django_db
def test_moving_between_groups_is_all_or_nothing() -> None:
    thing = things.create_thing(SCOPE, thing_name="lamp")
    group = thing_groups.create_thing_group(SCOPE, thing_group_name="g")
    thing_groups.add_thing_to_thing_group(SCOPE, group=group, thing=thing)
    with pytest.raises(errors.ResourceNotFoundException):
        thing_groups.update_thing_groups_for_thing(SCOPE, thing_name="lamp", add=["nobody"], remove=["g"])
    assert [row.group.name for row in thing_groups.groups_of(SCOPE, thing_name="lamp")] == ["g"]


@pytest.mark.django_db
def test_names_and_arns_must_agree() -> None:
    group = thing_groups.create_thing_group(SCOPE, thing_group_name="g")
    options = {"what": "thinggroup", "member": "thingGroup"}
    assert thing_groups.identify(SCOPE, name=None, arn=group.arn, **options) == "g"
    assert thing_groups.identify(SCOPE, name="g", arn=group.arn, **options) == "g"
    for scope, name, arn in (
        (SCOPE, None, None),
        (SCOPE, "h", group.arn),
        (ELSEWHERE, None, group.arn),
        (SCOPE, None, SCOPE.arn("thing", "g")),
        (SCOPE, None, "g"),
    ):
        with pytest.raises(errors.InvalidRequestException):
            thing_groups.identify(scope, name=name, arn=arn, **options)


@pytest.mark.django_db
def test_dynamic_groups_are_not_changed_by_hand() -> None:
    group = thing_groups.create_thing_group(SCOPE, thing_group_name="g")
    group.query_string = "thingName:*"
    group.save()
    thing = things.create_thing(SCOPE, thing_name="lamp")
    with pytest.raises(errors.InvalidRequestException):
        thing_groups.add_thing_to_thing_group(SCOPE, group=group, thing=thing)
    with pytest.raises(errors.InvalidRequestException):
        thing_groups.update_thing_group(SCOPE, thing_group_name="g", thing_group_properties={})
    with pytest.raises(errors.InvalidRequestException):
        thing_groups.create_thing_group(SCOPE, thing_group_name="child", parent_group_name="g")
