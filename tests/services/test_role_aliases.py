"""Role aliases as services."""

import pytest

from iot.core import errors
from iot.services import role_aliases
from tests.services.broker import ELSEWHERE, SCOPE, Broker


def test_changes_are_announced(broker: Broker) -> None:
    role_aliases.create_role_alias(SCOPE, role_alias="r", role_arn="arn")
    role_aliases.update_role_alias(SCOPE, role_alias="r", duration=900)
    role_aliases.delete_role_alias(SCOPE, role_alias="r")
    assert broker.announced() == [("rolealiases", "r")] * 3


@pytest.mark.django_db
def test_an_alias_belongs_to_its_account() -> None:
    role_aliases.create_role_alias(SCOPE, role_alias="r", role_arn="arn")
    with pytest.raises(errors.ResourceNotFoundException):
        role_aliases.find_role_alias(ELSEWHERE, "r")
    with pytest.raises(errors.ResourceAlreadyExistsException) as error:
        role_aliases.create_role_alias(SCOPE, role_alias="r", role_arn="arn")
    assert error.value.members["resourceArn"] == SCOPE.arn("rolealias", "r")
