"""Old TLS, weak ciphers and certificates that nobody registered are refused."""

import datetime
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from iot.core.mqtt.packets import ConnAck, Connect
from tests.stack import Device, Stack

from .raw import Raw, context_of


def is_refused(stack: Stack, context: ssl.SSLContext) -> bool:
    """Say whether a connection is refused, in the handshake or at CONNECT."""
    try:
        with Raw(stack.mqtt_port, context) as device:
            answer = device.ask(Connect(device.client_id))
    except (ssl.SSLError, ConnectionError):
        return True
    return answer is None or (isinstance(answer, ConnAck) and answer.reason_code != 0)


def certificate(directory: Path, *, issuer: Device | None = None, expired: bool = False) -> tuple[Path, Path]:
    """Make a key and a certificate, signed by itself or with the key of a device."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "AWS IoT Certificate")])
    signer, issuer_name = key, name
    if issuer is not None:
        parent = x509.load_pem_x509_certificate(issuer.cert.read_bytes())
        issuer_name = parent.subject
        signer = serialization.load_pem_private_key(issuer.key.read_bytes(), None)  # type: ignore[assignment]  # RSA
    now = datetime.datetime.now(datetime.UTC)
    end = now - datetime.timedelta(days=1) if expired else now + datetime.timedelta(days=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=2))
        .not_valid_after(end)
    )
    made = builder.sign(signer, hashes.SHA256())
    files = directory / "certificate.pem", directory / "key.pem"
    chain = made.public_bytes(serialization.Encoding.PEM) + (issuer.cert.read_bytes() if issuer else b"")
    files[0].write_bytes(chain)
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def test_the_way_in_that_is_meant_is_open(stack: Stack, allowed: Device) -> None:
    assert not is_refused(stack, context_of(allowed))


def test_no_certificate_is_refused(stack: Stack, allowed: Device) -> None:
    assert is_refused(stack, ssl.create_default_context(cafile=str(allowed.ca)))


@pytest.mark.parametrize("expired", [False, True])
def test_a_certificate_that_nobody_registered_is_refused(
    stack: Stack, allowed: Device, tmp_path: Path, expired: bool
) -> None:
    context = ssl.create_default_context(cafile=str(allowed.ca))
    context.load_cert_chain(*certificate(tmp_path, expired=expired))
    assert is_refused(stack, context)


def test_a_child_of_a_devices_certificate_is_refused(stack: Stack, allowed: Device, tmp_path: Path) -> None:
    context = ssl.create_default_context(cafile=str(allowed.ca))
    context.load_cert_chain(*certificate(tmp_path, issuer=allowed))
    assert is_refused(stack, context)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls_is_refused(stack: Stack, allowed: Device) -> None:
    context = context_of(allowed)
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    assert is_refused(stack, context)


@pytest.mark.parametrize("ciphers", ["AES128-SHA", "AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA", "NULL@SECLEVEL=0"])
def test_weak_ciphers_are_refused(stack: Stack, allowed: Device, ciphers: str) -> None:
    context = context_of(allowed)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers)
    assert is_refused(stack, context)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_of_today_is_taken(stack: Stack, allowed: Device, version: ssl.TLSVersion) -> None:
    context = context_of(allowed)
    context.minimum_version = context.maximum_version = version
    assert not is_refused(stack, context)
