"""What gateways are told of domains, and the certificates of their servers."""

import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from iot.core.arn import Scope
from iot.services import domain_configurations, gateway_domains, pki

pytestmark = pytest.mark.django_db
SCOPE = Scope("123456789012", "us-east-1")
ACM = "arn:aws:acm:us-east-1:123456789012:certificate/1"


def test_domains_with_a_name_and_the_services_own_are_told_of() -> None:
    for name, domain_name in (("mine", "IoT.example.com"), ("nameless", None)):
        domain_configurations.create_domain_configuration(
            SCOPE,
            name=name,
            domain_name=domain_name,
            service_type="DATA",
            settings={
                **({"serverCertificateArns": [ACM]} if domain_name else {}),
                "authenticationType": "CUSTOM_AUTH",
                "applicationProtocol": "HTTPS",
                "authorizerConfig": {"defaultAuthorizerName": "gate", "allowAuthorizerOverride": True},
            },
        )
    domain_configurations.update_domain_configuration(SCOPE, name="mine", settings={}, status="DISABLED")
    found = {record.name: record for record in gateway_domains.load(SCOPE)}
    assert found.keys() == {"mine", gateway_domains.OWN}
    mine = found["mine"]
    assert (mine.domain_name, mine.is_enabled, mine.service_type) == ("iot.example.com", False, "DATA")
    assert (mine.authentication_type, mine.application_protocol) == ("CUSTOM_AUTH", "HTTPS")
    assert (mine.default_authorizer, mine.allows_override) == ("gate", True)
    assert found[gateway_domains.OWN].is_enabled


def test_a_domain_gets_a_certificate_once(tmp_path: Path) -> None:
    pki.create_authority(tmp_path)
    path = gateway_domains.server_certificate(tmp_path, "iot.example.com")
    assert path is not None
    made = path.read_bytes()
    certificate = x509.load_pem_x509_certificate(made)
    assert load_pem_private_key(made, None).public_key() == certificate.public_key()
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["iot.example.com"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert gateway_domains.server_certificate(tmp_path, "iot.example.com") == path
    assert path.read_bytes() == made
    assert [one.name for one in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["", "../server", ".x", "a..b", "a/b", "-a", "x" * 254])
def test_what_is_no_host_name_gets_none(tmp_path: Path, name: str) -> None:
    assert gateway_domains.server_certificate(tmp_path, name) is None
    assert list(tmp_path.iterdir()) == []
