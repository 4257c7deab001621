"""The first start's files, and that the second start leaves them alone."""

import configparser
import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from django.conf import settings
from django.contrib.auth.models import User

from iot.services import access, installation
from iot.services.installation import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "data", "127.0.0.1", 8000, 8883, 8443, settings.SCOPE)


def test_the_first_start_makes_everything_for_its_owner_alone(place: Place) -> None:
    assert installation.prepare(place)
    assert place.directory.stat().st_mode & 0o777 == 0o700
    for name in ("secret_key", "pki/ca.key", "pki/server.key", "broker/group"):
        assert (place.directory / name).stat().st_mode & 0o777 == 0o600
    assert len((place.directory / "secret_key").read_text()) == 50


def test_the_second_start_changes_nothing(place: Place) -> None:
    installation.prepare(place)
    before = {path: path.read_bytes() for path in place.directory.rglob("*") if path.is_file()}
    assert not installation.prepare(place)
    assert before == {path: path.read_bytes() for path in place.directory.rglob("*") if path.is_file()}


def test_another_port_is_a_change_that_the_settings_must_see(place: Place) -> None:
    installation.prepare(place)
    assert installation.prepare(replace(place, http_port=9000))
    described = json.loads((place.directory / "endpoint.json").read_text())
    assert described["api"] == "http://127.0.0.1:9000/api"


def test_a_new_name_gets_a_new_server_certificate_that_keeps_the_old_names(place: Place) -> None:
    installation.prepare(place)
    first = x509.load_pem_x509_certificate((place.directory / "pki" / "server.pem").read_bytes())
    installation.prepare(replace(place, endpoints=("iot.example.org",)))
    second = x509.load_pem_x509_certificate((place.directory / "pki" / "server.pem").read_bytes())
    assert names(second) == {*names(first), "iot.example.org"}
    assert first.issuer == second.issuer


def names(certificate: x509.Certificate) -> set[str]:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(one.value) for one in found}


def test_the_server_certificate_is_for_localhost_and_its_addresses(place: Place) -> None:
    assert {"localhost", "127.0.0.1", "::1"} <= set(installation.server_names(place))


@pytest.mark.parametrize(
    ("host", "endpoints", "http", "mqtt"),
    [
        ("127.0.0.1", (), "http://127.0.0.1:8000", "localhost"),
        ("::1", (), "http://[::1]:8000", "localhost"),
        ("0.0.0.0", ("a.example",), "http://127.0.0.1:8000", "a.example"),
        ("192.0.2.7", (), "http://192.0.2.7:8000", "192.0.2.7"),
    ],
)
def test_it_knows_how_it_is_reached(place: Place, host: str, endpoints: tuple[str, ...], http: str, mqtt: str) -> None:
    at = replace(place, host=host, endpoints=endpoints)
    assert (at.http, at.mqtt_host) == (http, mqtt)


def test_a_prefix_is_part_of_the_api_address(place: Place) -> None:
    assert installation.endpoint(replace(place, prefix="iot"))["api"] == "http://127.0.0.1:8000/iot/api"


@pytest.mark.django_db
def test_the_admin_is_made_once_with_a_password_that_is_known_to_be_the_first(place: Place) -> None:
    installation.prepare_directory(place)
    password = installation.create_admin(place)
    admin = User.objects.get(username="admin")
    assert password
    assert admin.check_password(password)
    assert access.role_of(admin, place.scope.account) == "admin"
    assert installation.has_first_password(place)
    assert installation.create_admin(place) is None
    admin.set_password("another one")
    admin.save()
    assert not installation.has_first_password(place)


@pytest.mark.django_db
def test_a_password_that_was_given_is_not_told_again(place: Place) -> None:
    installation.prepare_directory(place)
    assert installation.create_admin(place, "of my own") is None
    assert User.objects.get(username="admin").check_password("of my own")
    assert not installation.has_first_password(place)


@pytest.mark.django_db
def test_the_files_for_aws_clients_hold_a_key_that_works(place: Place) -> None:
    installation.prepare_directory(place)
    installation.create_admin(place)
    installation.write_credentials(place)
    written = configparser.ConfigParser()
    written.read([place.directory / "aws" / "credentials", place.directory / "aws" / "config"])
    identity = access.find_access_key(written["default"]["aws_access_key_id"])
    assert identity is not None
    assert identity.secret == written["default"]["aws_secret_access_key"]
    assert written["default"]["endpoint_url"] == "http://127.0.0.1:8000/api"


@pytest.mark.django_db
def test_a_key_is_kept_while_it_is_ours_and_replaced_when_not(place: Place) -> None:
    installation.prepare_directory(place)
    installation.create_admin(place)
    installation.write_credentials(place)
    path = place.directory / "aws" / "credentials"
    first = path.read_text()
    installation.write_credentials(place)
    assert path.read_text() == first
    path.write_text("[default]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = x\n")
    installation.write_credentials(place)
    assert "AKIAOTHER" not in path.read_text()


def test_a_file_is_written_whole_and_only_when_it_differs(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    assert installation.write(path, "one")
    assert not installation.write(path, "one")
    assert installation.write(path, "two")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("two", 0o600)
    assert not installation.write_once(path, "three")
    assert [one.name for one in path.parent.iterdir()] == ["file"]
