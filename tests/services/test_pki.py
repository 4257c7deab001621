"""The cloud's own authority."""

import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from iot.services import pki


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pki")
    pki.create_authority(made)
    return made


def authority(directory: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((directory / "ca.pem").read_bytes())


def test_the_authoritys_key_is_its_owners_alone(directory: Path) -> None:
    assert stat.S_IMODE((directory / "pki").stat().st_mode) == 0o700
    assert stat.S_IMODE((directory / "pki" / "ca.key").stat().st_mode) == 0o600
    constraints = authority(directory).extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert (constraints.value.ca, constraints.value.path_length) == (True, 0)


def test_the_servers_certificate_is_for_its_names_and_comes_with_its_chain(directory: Path) -> None:
    assert pki.server_names(directory / "nowhere") == set()
    pki.create_server_certificate(directory, ["localhost", "iot.example.com", "127.0.0.1", "::1"])
    assert pki.server_names(directory) == {"localhost", "iot.example.com", "127.0.0.1", "::1"}
    leaf, root = x509.load_pem_x509_certificates((directory / "pki" / "server.pem").read_bytes())
    assert root == authority(directory)
    leaf.verify_directly_issued_by(root)
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_a_devices_certificate_is_never_an_authority(directory: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "device")])
    for given, common_name in ((None, "AWS IoT Certificate"), (subject, "device")):
        issued = x509.load_pem_x509_certificate(pki.issue_device_certificate(directory, key, given).encode())
        issued.verify_directly_issued_by(authority(directory))
        assert not issued.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        assert issued.not_valid_after_utc.year == 2049
        assert issued.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == common_name
    assert len(pki.certificate_id(issued)) == 64


def test_only_a_key_of_our_own_kind_signs(directory: Path, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    (tmp_path / "pki").mkdir()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "pki" / "ca.key").write_bytes(text)
    (tmp_path / "ca.pem").write_bytes((directory / "ca.pem").read_bytes())
    with pytest.raises(TypeError):
        pki.issue_device_certificate(tmp_path, ec.generate_private_key(ec.SECP256R1()).public_key())
