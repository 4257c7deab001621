"""Authorities and certificates of customers, as they would make them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Authority:
    """A customer's certificate authority."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        return pem(self.certificate)

    def issue(self, common_name: str) -> str:
        """Sign a certificate for a new key; answers it as PEM."""
        return self.equip(common_name)[0]

    def equip(self, common_name: str) -> tuple[str, str]:
        """Sign a certificate for a new key; answers both as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(_name(common_name), self.certificate.subject, key.public_key(), self.key, ca=False)
        written = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        return pem(certificate), written.decode()


def authority(common_name: str = "Customer CA", *, ca: bool = True) -> Authority:
    """Make an authority; with `ca` false one that may not be one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(common_name)
    return Authority(key, _certificate(name, name, key.public_key(), key, ca=ca))


def request(common_name: str, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None) -> str:
    """Make a certificate signing request, for a new key unless one is given."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    made = x509.CertificateSigningRequestBuilder().subject_name(_name(common_name)).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    key: ec.EllipticCurvePrivateKey,
    *,
    ca: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
