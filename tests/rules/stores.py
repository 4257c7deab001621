"""Key stores for tests: an authority, a server that demands its clients' certificates, and a client, in PKCS #12."""

import datetime
import ipaddress
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

PASSWORD = b"store-password"
BEGIN = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
END = datetime.datetime(2049, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class Stores:
    """`trust` and `client` are sealed with PASSWORD; the pem is the client's key and certificate."""

    trust: bytes
    client: bytes
    authority_pem: str
    client_pem: str
    server_context: ssl.SSLContext


def make_stores() -> Stores:
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("authority", authority_key, "authority", authority_key, is_authority=True)
    server_key, client_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    server = _certificate("server", server_key, "authority", authority_key)
    client = _certificate("client", client_key, "authority", authority_key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=_pem(authority))
    context.verify_mode = ssl.CERT_REQUIRED
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "server.pem"
        path.write_text(_key(server_key) + _pem(server))
        context.load_cert_chain(path)
    sealing = BestAvailableEncryption(PASSWORD)
    return Stores(
        pkcs12.serialize_key_and_certificates(None, None, None, [authority], sealing),
        pkcs12.serialize_key_and_certificates(b"client", client_key, client, [authority], sealing),
        _pem(authority),
        _key(client_key) + _pem(client),
        context,
    )


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool = False,
) -> x509.Certificate:
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGIN)
        .not_valid_after(END)
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _key(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
