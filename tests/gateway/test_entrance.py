"""The ways in, and what strict mode asks for."""

import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from iot.models import CaCertificate, Certificate
from iot.services import certificates, pki
from iot.services.ca_certificates import subject_key
from iot.services.call import call
from tests.gateway.conftest import SCOPE, Cloud, until
from tests.gateway.raw import client_context, dial, open_stream

OpenCloud = Callable[..., Awaitable[Cloud]]


@pytest.mark.parametrize("alpn", ["", "x-amzn-mqtt-ca"])
async def test_mqtt_with_a_certificate_is_served_on_the_https_port(cloud: Cloud, alpn: str) -> None:
    credentials = await cloud.certificate()
    if alpn:
        credentials.context.set_alpn_protocols([alpn])
    raw = await dial(cloud.https_port, credentials.context)
    answer = await raw.connect("https-port")
    assert answer is not None
    assert answer.body[1] == 0


async def test_mqtt_with_certificate_needs_one(cloud: Cloud) -> None:
    context = client_context(cloud.directory / "ca.pem")
    context.set_alpn_protocols(["x-amzn-mqtt-ca"])
    raw = await dial(cloud.https_port, context)
    answer = await raw.connect("bare")
    assert answer is not None
    assert answer.body[1] == 0x87


async def test_strict_mode_wants_the_servers_name(open_cloud: OpenCloud) -> None:
    cloud = await open_cloud(mode="strict")
    credentials = await cloud.certificate()
    credentials.context.check_hostname = False
    raw = await dial(cloud.port, credentials.context, server_name="")
    raw.send(b"\x10")
    assert await raw.receive() is None
    await until(lambda: any(m.topic == "$seen/handshake" and b"SNI" in m.payload for m in cloud.heard))
    assert await cloud.device("named", credentials) is not None


async def test_standard_mode_forgives_a_missing_name(cloud: Cloud) -> None:
    credentials = await cloud.certificate()
    credentials.context.check_hostname = False
    raw = await dial(cloud.port, credentials.context, server_name="")
    assert await raw.connect("nameless") is not None


async def test_a_failed_handshake_is_told_to_the_live_page(cloud: Cloud) -> None:
    context = client_context(cloud.directory / "ca.pem")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await open_stream(cloud.port, context)
    await until(lambda: any(message.topic == "$seen/handshake" for message in cloud.heard))


class Authority:
    """An authority of a customer, and devices signed by it."""

    def __init__(self, directory: Path, trusted: Path) -> None:
        self.directory, self.trusted = directory, trusted
        pki.create_authority(directory)
        self.certificate = x509.load_pem_x509_certificate((directory / "ca.pem").read_bytes())

    def device(self, name: str, *, days: int = 30) -> tuple[str, ssl.SSLContext]:
        """Answer a certificate's PEM and a context that shows it."""
        key = ec.generate_private_key(ec.SECP256R1())
        signer = serialization.load_pem_private_key((self.directory / "pki" / "ca.key").read_bytes(), None)
        assert isinstance(signer, ec.EllipticCurvePrivateKey)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.now(UTC) - timedelta(days=60))
            .not_valid_after(datetime.now(UTC) + timedelta(days=days))
            .sign(signer, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        (self.directory / "one.pem").write_bytes(pem)
        (self.directory / "one.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = client_context(self.trusted, self.directory / "one.pem", self.directory / "one.key")
        return pem.decode(), context

    def register(self, *, auto: bool) -> str:
        row = CaCertificate.objects.create(
            account=SCOPE.account,
            region=SCOPE.region,
            certificate_id=pki.certificate_id(self.certificate),
            pem=(self.directory / "ca.pem").read_text(),
            status="ACTIVE",
            auto_registration=auto,
            subject_key=subject_key(self.certificate),
            not_before=self.certificate.not_valid_before_utc,
            not_after=self.certificate.not_valid_after_utc,
        )
        return row.certificate_id


async def test_a_certificate_of_an_authority_that_registers_waits_for_activation(cloud: Cloud, tmp_path: Path) -> None:
    theirs = Authority(tmp_path, cloud.directory / "ca.pem")
    authority_id = await call(theirs.register, auto=True)
    _, context = theirs.device("fresh")
    raw = await dial(cloud.port, context)
    answer = await raw.connect("fresh")
    assert answer is not None
    assert answer.body[1] == 0x87
    row = await call(Certificate.objects.get)
    assert row.status == "PENDING_ACTIVATION"
    event = await cloud.event(f"$aws/events/certificates/registered/{authority_id}")
    assert event["certificateId"] == row.certificate_id
    await call(certificates.update_certificate, SCOPE, certificate_id=row.certificate_id, new_status="ACTIVE")
    raw = await dial(cloud.port, context)
    answer = await raw.connect("fresh")
    assert answer is not None
    assert answer.body[1] == 0x87  # it has no policy


@pytest.mark.parametrize("known", [True, False])
async def test_a_certificate_of_another_authority_stays_outside(cloud: Cloud, tmp_path: Path, known: bool) -> None:
    theirs = Authority(tmp_path, cloud.directory / "ca.pem")
    if known:
        await call(theirs.register, auto=False)
    _, context = theirs.device("stranger")
    raw = await dial(cloud.port, context)
    answer = await raw.connect("stranger")
    assert answer is not None
    assert answer.body[1] == 0x87
    assert await call(Certificate.objects.count) == 0


async def test_an_expired_certificate_is_refused_though_it_is_active(cloud: Cloud, tmp_path: Path) -> None:
    theirs = Authority(tmp_path, cloud.directory / "ca.pem")
    pem, context = theirs.device("late", days=-1)
    await call(certificates.register, SCOPE, pem=pem, status="ACTIVE")
    raw = await dial(cloud.port, context)
    answer = await raw.connect("late")
    assert answer is not None
    assert answer.body[1] == 0x87


async def test_a_certificate_signed_by_a_devices_certificate_is_a_strangers(cloud: Cloud, tmp_path: Path) -> None:
    theirs = Authority(tmp_path, cloud.directory / "ca.pem")
    await call(theirs.register, auto=True)
    theirs.device("parent")
    (tmp_path / "pki" / "ca.key").write_bytes((tmp_path / "one.key").read_bytes())
    _, context = theirs.device("child")
    raw = await dial(cloud.port, context)
    answer = await raw.connect("child")
    assert answer is not None
    assert answer.body[1] == 0x87
    assert await call(Certificate.objects.count) == 0
