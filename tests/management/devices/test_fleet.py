"""Things for simulated devices are registered once and found again."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django import Settings

from iot.management.devices import fleet
from iot.services import certificates, pki, policies, things

NAMES = ["sim-0", "sim-1"]


@pytest.fixture(autouse=True)
def authority(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
    pki.create_authority(tmp_path)


def prepare(folder: Path) -> list[fleet.Identity]:
    document = fleet.policy(settings.SCOPE)
    return list(fleet.prepare(settings.SCOPE, folder, NAMES, policy_name="sim", document=document))


@pytest.mark.django_db
def test_each_thing_has_an_active_certificate_and_the_policy(tmp_path: Path) -> None:
    found = prepare(tmp_path / "simulated")
    assert [identity.thing for identity in found] == NAMES
    for identity in found:
        principal = things.thing_principals(settings.SCOPE, thing_name=identity.thing).get().principal
        row = certificates.find_certificate(settings.SCOPE, principal.rpartition("/")[2])
        assert (row.status, row.pem) == ("ACTIVE", identity.certificate.read_text())
        assert identity.key.stat().st_mode & 0o777 == 0o600
        assert policies.attached_policies(settings.SCOPE, target=row.arn)


@pytest.mark.django_db
def test_the_second_time_finds_them_and_replaces_what_was_switched_off(tmp_path: Path) -> None:
    first = [identity.certificate.read_text() for identity in prepare(tmp_path / "simulated")]
    assert [identity.certificate.read_text() for identity in prepare(tmp_path / "simulated")] == first
    held = pki.certificate_id(certificates.load_pem(first[0]))
    certificates.update_certificate(settings.SCOPE, certificate_id=held, new_status="INACTIVE")
    again = [identity.certificate.read_text() for identity in prepare(tmp_path / "simulated")]
    assert again[0] != first[0]
    assert again[1] == first[1]


def test_the_policy_lets_a_device_use_its_own_topics_alone() -> None:
    statements = json.loads(fleet.policy(settings.SCOPE))["Statement"]
    assert all("${iot:Connection.Thing.ThingName}" in resource for one in statements for resource in one["Resource"])
