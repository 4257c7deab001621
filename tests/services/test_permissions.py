"""What a device may do, by what is attached to it."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from iot.core.policy.grants import Force
from iot.services import policies, things
from iot.services.permissions import permissions
from tests.console.browse import make_certificate, make_policy, make_thing

pytestmark = pytest.mark.django_db


def test_grants_are_those_of_the_certificate_with_the_values_of_its_connection(
    tmp_path: Path, settings: Settings
) -> None:
    settings.DATA_DIR, scope = tmp_path, settings.SCOPE
    row = make_certificate(tmp_path)
    make_thing("t1")
    make_policy("own", "iot:Publish", scope.arn("topic", "devices/${iot:Connection.Thing.ThingName}/*"))
    policies.attach_policy(scope, policy_name="own", target=row.arn)
    things.attach_thing_principal(scope, thing_name="t1", principal=row.arn)
    found = permissions(scope, principal=row.arn, client_id="t1")
    assert [(one.name, one.force) for one in found.of("iot:Publish")] == [("devices/t1/*", Force.IN_FORCE)]
    assert found.of("iot:Connect") == ()
    assert found.decide("iot:Publish", "devices/t1/telemetry").allowed
    assert not found.decide("iot:Publish", "devices/t2/telemetry").allowed
    other = permissions(scope, principal=row.arn, client_id="another")
    assert [one.force for one in other.of("iot:Publish")] == [Force.NO_VALUE]


def test_a_thing_without_a_certificate_has_what_its_groups_have(settings: Settings) -> None:

    make_thing("t1")
    assert permissions(settings.SCOPE, principal="", client_id="t1", thing_name="t1").of("iot:Publish") == ()
