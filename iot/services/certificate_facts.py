"""What policies may ask of a certificate: the names of its subject and issuer, under AWS's words for them."""

from collections.abc import Iterable

from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

from iot.core.policy.variables import CertificateFacts

_NAMES: dict[ObjectIdentifier, str] = {
    NameOID.DN_QUALIFIER: "DistinguishedNameQualifier",
    NameOID.COUNTRY_NAME: "Country",
    NameOID.ORGANIZATION_NAME: "Organization",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OrganizationalUnit",
    NameOID.STATE_OR_PROVINCE_NAME: "State",
    NameOID.COMMON_NAME: "CommonName",
    NameOID.SERIAL_NUMBER: "SerialNumber",
    NameOID.TITLE: "Title",
    NameOID.SURNAME: "Surname",
    NameOID.GIVEN_NAME: "GivenName",
    NameOID.INITIALS: "Initials",
    NameOID.PSEUDONYM: "Pseudonym",
    NameOID.GENERATION_QUALIFIER: "GenerationQualifier",
}
_ALTERNATIVES: tuple[tuple[type[x509.GeneralName], str], ...] = (
    (x509.RFC822Name, "RFC822Name"),
    (x509.DNSName, "DNSName"),
    (x509.DirectoryName, "DirectoryName"),
    (x509.UniformResourceIdentifier, "UniformResourceIdentifier"),
    (x509.IPAddress, "IPAddress"),
)


def read_facts(certificate_id: str, certificate: x509.Certificate) -> CertificateFacts:
    """Read the facts of a certificate."""
    return CertificateFacts(
        id=certificate_id,
        subject={**_names(certificate.subject), **_alternatives(certificate, x509.SubjectAlternativeName)},
        issuer={**_names(certificate.issuer), **_alternatives(certificate, x509.IssuerAlternativeName)},
        serial_number=f"{certificate.serial_number:x}",
    )


def _names(name: x509.Name) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for attribute in name:
        key = _NAMES.get(attribute.oid)
        if key is not None and isinstance(attribute.value, str):
            found[key] = (*found.get(key, ()), attribute.value)
    return found


def _alternatives(
    certificate: x509.Certificate, kind: type[x509.SubjectAlternativeName] | type[x509.IssuerAlternativeName]
) -> dict[str, tuple[str, ...]]:
    try:
        names: Iterable[x509.GeneralName] = certificate.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, ValueError):
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for name in names:
        for general, word in _ALTERNATIVES:
            if isinstance(name, general):
                key = f"AlternativeName.{word}"
                found[key] = (*found.get(key, ()), _text(name.value))
    return found


def _text(value: object) -> str:
    return value.rfc4514_string() if isinstance(value, x509.Name) else str(value)
