"""Connection kits: a fresh certificate each time, one policy a thing, no key kept."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from iot.core import errors
from iot.core.arn import Scope
from iot.services import certificates, kits, pki, policies, things

pytestmark = pytest.mark.django_db


@pytest.fixture
def scope(settings: Settings, tmp_path: Path) -> Scope:
    settings.DATA_DIR = tmp_path
    pki.create_authority(tmp_path)
    found: Scope = settings.SCOPE
    return found


def test_a_kit_attaches_certificate_policy_and_thing(scope: Scope, settings: Settings) -> None:
    things.create_thing(scope, thing_name="t")
    kit = kits.issue_kit(scope, thing_name="t")
    row = certificates.find_certificate(scope, kit.certificate_id)
    assert row.status == "ACTIVE"
    assert [one.policy.name for one in policies.attached_policies(scope, target=row.arn)] == ["t-kit"]
    assert [one.principal for one in things.thing_principals(scope, thing_name="t")] == [row.arn]
    assert (kit.endpoint, kit.port) == (settings.ENDPOINT, settings.MQTT_PORT)
    assert "BEGIN CERTIFICATE" in kit.ca_pem


def test_a_policy_that_was_changed_stays(scope: Scope) -> None:
    things.create_thing(scope, thing_name="t")
    own = '{"Statement": [{"Effect": "Allow", "Action": "iot:Connect", "Resource": "*"}]}'
    policies.create_policy(scope, policy_name="t-kit", policy_document=own)
    assert kits.issue_kit(scope, thing_name="t").policy_document == own


def test_an_unknown_thing_has_no_kit(scope: Scope) -> None:
    with pytest.raises(errors.ResourceNotFoundException):
        kits.issue_kit(scope, thing_name="t")
    assert certificates.certificates(scope).count() == 0


def test_a_policys_name_is_one_that_aws_takes() -> None:
    assert kits.kit_policy_name("a:b") == "a.b-kit"
    assert len(kits.kit_policy_name("x" * 128)) == 128
