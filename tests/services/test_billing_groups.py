"""Billing groups as services."""

import pytest

from iot.core import errors
from iot.services import billing_groups, things
from tests.services.broker import ELSEWHERE, SCOPE

pytestmark = pytest.mark.django_db


def test_a_group_is_found_in_its_account_alone() -> None:
    billing_groups.create_billing_group(SCOPE, billing_group_name="b", description="mine")
    assert billing_groups.find_billing_group(SCOPE, "b").description == "mine"
    with pytest.raises(errors.ResourceNotFoundException):
        billing_groups.find_billing_group(ELSEWHERE, "b")
    billing_groups.create_billing_group(ELSEWHERE, billing_group_name="b")
    assert [row.account for row in billing_groups.billing_groups(SCOPE, prefix="b")] == [SCOPE.account]


def test_a_stale_version_changes_nothing() -> None:
    billing_groups.create_billing_group(SCOPE, billing_group_name="b")
    assert billing_groups.update_billing_group(SCOPE, billing_group_name="b", description="new").version == 2
    with pytest.raises(errors.VersionConflictException):
        billing_groups.update_billing_group(SCOPE, billing_group_name="b", description="x", expected_version=1)
    assert billing_groups.find_billing_group(SCOPE, "b").description == "new"


def test_joining_does_not_change_a_things_version() -> None:
    group = billing_groups.create_billing_group(SCOPE, billing_group_name="b")
    thing = things.create_thing(SCOPE, thing_name="lamp")
    billing_groups.set_billing_group(SCOPE, thing=thing, group=group)
    found = things.find_thing(SCOPE, "lamp")
    assert (found.billing_group, found.version) == (group, 1)
