"""What policies may ask of a certificate."""

import ipaddress
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from iot.services.certificate_facts import read_facts


def make(extensions: list[x509.ExtensionType]) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    attributes = [
        x509.NameAttribute(NameOID.COMMON_NAME, "one"),
        x509.NameAttribute(NameOID.COMMON_NAME, "two"),
        x509.NameAttribute(NameOID.COUNTRY_NAME, "SE"),
        x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "Skåne"),
        x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@example.org"),
    ]
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(attributes))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Makers")]))
        .public_key(key.public_key())
        .serial_number(0xABCD)
        .not_valid_before(datetime.now(UTC))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256())


def test_names_have_awss_words_and_keep_their_order() -> None:
    facts = read_facts("id", make([]))
    assert facts.id == "id"
    assert facts.subject == {"CommonName": ("one", "two"), "Country": ("SE",), "State": ("Skåne",)}
    assert facts.issuer == {"Organization": ("Makers",)}
    assert facts.serial_number == "abcd"


def test_alternative_names_are_told_by_kind() -> None:
    names = x509.SubjectAlternativeName(
        [
            x509.DNSName("a.example"),
            x509.DNSName("b.example"),
            x509.IPAddress(ipaddress.ip_address("10.0.0.1")),
            x509.RFC822Name("a@example.org"),
            x509.UniformResourceIdentifier("urn:x"),
            x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dir")])),
            x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
        ]
    )
    subject = read_facts("id", make([names])).subject
    assert subject["AlternativeName.DNSName"] == ("a.example", "b.example")
    assert subject["AlternativeName.IPAddress"] == ("10.0.0.1",)
    assert subject["AlternativeName.RFC822Name"] == ("a@example.org",)
    assert subject["AlternativeName.UniformResourceIdentifier"] == ("urn:x",)
    assert subject["AlternativeName.DirectoryName"] == ("CN=dir",)
