"""The connection kit: what is in the zip, and that the key is nowhere else."""

import ast
import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from django.core.serializers import serialize
from django.db import models
from pytest_django.fixtures import Settings

from console.kit import kit_archive, kit_files
from iot.core.policy.document import compile_policy
from iot.services import kits, pki, things
from iot.services.kits import Kit

pytestmark = pytest.mark.django_db


@pytest.fixture
def scope_settings(settings: Settings, tmp_path: Path) -> Settings:
    settings.DATA_DIR = tmp_path
    pki.create_authority(tmp_path)
    return settings


@pytest.fixture
def kit(scope_settings: Settings) -> Kit:
    things.create_thing(scope_settings.SCOPE, thing_name="sensor:1")
    return kits.issue_kit(scope_settings.SCOPE, thing_name="sensor:1")


def test_key_and_certificate_belong_together(kit: Kit) -> None:
    files = kit_files(kit)
    key = serialization.load_pem_private_key(files["private.pem.key"].encode(), None)
    certificate = x509.load_pem_x509_certificate(files["certificate.pem.crt"].encode())
    assert key.public_key() == certificate.public_key()
    assert pki.certificate_id(certificate) == kit.certificate_id


def test_the_policy_compiles_and_is_for_this_thing_alone(kit: Kit) -> None:
    compile_policy(kit.policy_document)
    assert kit.policy_name == "sensor.1-kit"
    assert "devices/sensor:1/*" in kit.policy_document
    assert '"*"' not in kit.policy_document


@pytest.mark.parametrize("name", ["device_awsiotsdk.py", "device_paho.py"])
def test_the_python_scripts_are_python(kit: Kit, name: str) -> None:
    text = kit_files(kit)[name]
    ast.parse(text)
    assert "devices/sensor:1/telemetry" in text


def test_the_node_and_shell_scripts_parse(kit: Kit, tmp_path: Path) -> None:
    files = kit_files(kit)
    for name, command in (("device.mjs", ["node", "--check"]), ("device.sh", ["sh", "-n"])):
        if shutil.which(command[0]) is None:
            continue
        (tmp_path / name).write_text(files[name])
        done = subprocess.run([*command, str(tmp_path / name)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_the_header_holds_all_three_texts(kit: Kit, tmp_path: Path) -> None:
    header = kit_files(kit)["thingstead_device.h"]
    assert header.count("BEGIN CERTIFICATE") == 2
    assert header.count("PRIVATE KEY") == 2
    if shutil.which("cc"):
        (tmp_path / "a.c").write_text('#include "thingstead_device.h"\nint main(void){return DEVICE_CA_PEM[0]==0;}\n')
        (tmp_path / "thingstead_device.h").write_text(header)
        done = subprocess.run(["cc", "-fsyntax-only", "a.c"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_the_key_is_readable_by_its_owner_alone_when_unpacked(kit: Kit) -> None:
    archive = zipfile.ZipFile(io.BytesIO(kit_archive(kit)))
    modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
    assert modes["sensor_1-kit/private.pem.key"] == 0o600
    assert modes["sensor_1-kit/device.sh"] == 0o755


def test_the_private_key_is_not_stored(kit: Kit) -> None:
    secret = kit.private_key.splitlines()[1]
    for model in models.Model.__subclasses__():
        for one in [model, *model.__subclasses__()]:
            if not one._meta.abstract:
                assert secret not in serialize("json", one._default_manager.all())


def test_a_second_kit_has_another_certificate_and_the_same_policy(kit: Kit, scope_settings: Settings) -> None:
    second = kits.issue_kit(scope_settings.SCOPE, thing_name="sensor:1")
    assert second.certificate_id != kit.certificate_id
    assert second.policy_name == kit.policy_name
