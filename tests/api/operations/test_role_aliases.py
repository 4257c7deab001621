"""Role aliases over boto3."""

from typing import Any

import pytest

ROLE = "arn:aws:iam::123456789012:role/devices"


def test_a_role_alias_lives(iot: Any) -> None:
    made = iot.create_role_alias(roleAlias="alias", roleArn=ROLE)
    assert made["roleAliasArn"] == "arn:aws:iot:us-east-1:123456789012:rolealias/alias"
    found = iot.describe_role_alias(roleAlias="alias")["roleAliasDescription"]
    assert (found["credentialDurationSeconds"], found["owner"]) == (3600, "123456789012")
    with pytest.raises(iot.exceptions.ResourceAlreadyExistsException):
        iot.create_role_alias(roleAlias="alias", roleArn=ROLE)
    iot.update_role_alias(roleAlias="alias", credentialDurationSeconds=900)
    found = iot.describe_role_alias(roleAlias="alias")["roleAliasDescription"]
    assert (found["credentialDurationSeconds"], found["roleArn"]) == (900, ROLE)
    iot.create_role_alias(roleAlias="second", roleArn=ROLE)
    assert iot.list_role_aliases()["roleAliases"] == ["alias", "second"]
    assert iot.list_role_aliases(ascendingOrder=False)["roleAliases"] == ["second", "alias"]
    iot.delete_role_alias(roleAlias="alias")
    for call in (iot.describe_role_alias, iot.delete_role_alias):
        with pytest.raises(iot.exceptions.ResourceNotFoundException):
            call(roleAlias="alias")
