"""The cloud's own certificate authority: its key, the server's certificate, and certificates for devices."""

import hashlib
import ipaddress
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DEVICE_END = datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)
AUTHORITY_DAYS = 20 * 365
SERVER_DAYS = 5 * 365


def create_authority(directory: Path) -> None:
    """Make the authority: `pki/ca.key` (readable by the owner alone) and `ca.pem` in a data directory."""
    (directory / "pki").mkdir(mode=0o700, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Thingstead Root CA")
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    certificate = (
        _builder(name, name, key.public_key(), datetime.now(UTC) + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write_key(directory / "pki" / "ca.key", key)
    (directory / "ca.pem").write_bytes(_pem(certificate))


def create_server_certificate(directory: Path, names: Sequence[str]) -> None:
    """Make `pki/server.key` and `pki/server.pem` (with its chain) for DNS names and addresses."""
    key, chain = _issue_server(directory, names)
    _write_key(directory / "pki" / "server.key", key)
    (directory / "pki" / "server.pem").write_bytes(chain)


def issue_server(directory: Path, names: Sequence[str]) -> bytes:
    """Issue a certificate for a server of its own: the key and then the chain in one PEM."""
    key, chain = _issue_server(directory, names)
    return _private_pem(key) + chain


def _issue_server(directory: Path, names: Sequence[str]) -> tuple[ec.EllipticCurvePrivateKey, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    authority_key, authority = _authority(directory)
    certificate = (
        _builder(_name(names[0]), authority.subject, key.public_key(), datetime.now(UTC) + timedelta(days=SERVER_DAYS))
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_authority_identifier(authority), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return key, _pem(certificate) + _pem(authority)


def server_names(directory: Path) -> set[str]:
    """Answer the names that the server's certificate is for; none where there is no certificate."""
    path = directory / "pki" / "server.pem"
    if not path.is_file():
        return set()
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in names}


def issue_device_certificate(
    directory: Path,
    public_key: CertificatePublicKeyTypes,
    subject: x509.Name | None = None,
    *,
    end: datetime | None = None,
) -> str:
    """Issue a certificate for a device's key; never an authority, whatever a request asks for."""
    authority_key, authority = _authority(directory)
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    certificate = (
        _builder(subject or _name("AWS IoT Certificate"), authority.subject, public_key, end or DEVICE_END)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(_authority_identifier(authority), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return _pem(certificate).decode()


def certificate_id(certificate: x509.Certificate) -> str:
    """Answer a certificate's id: the SHA-256 of its DER form in hexadecimal."""
    return hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()


def _builder(
    subject: x509.Name, issuer: x509.Name, key: CertificatePublicKeyTypes, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(hours=1))
        .not_valid_after(end)
    )


def _authority(directory: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = serialization.load_pem_private_key((directory / "pki" / "ca.key").read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("The authority's key is not an EC key")
    return key, x509.load_pem_x509_certificate((directory / "ca.pem").read_bytes())


def _authority_identifier(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(_private_pem(key))
