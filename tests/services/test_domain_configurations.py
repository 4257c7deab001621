"""Domain configurations as services."""

from datetime import timedelta
from typing import Any

import pytest

from iot.core import errors
from iot.models import DomainConfiguration
from iot.services import domain_configurations
from tests.services.broker import ELSEWHERE, SCOPE

pytestmark = pytest.mark.django_db
ARN = "arn:aws:acm:us-east-1:123456789012:certificate/1"


def create(name: str = "d", domain_name: str | None = None, **settings: Any) -> DomainConfiguration:
    return domain_configurations.create_domain_configuration(
        SCOPE, name=name, domain_name=domain_name, service_type=None, settings=settings
    )


def update(name: str = "d", status: str | None = None, *, remove: bool = False, **settings: Any) -> DomainConfiguration:
    return domain_configurations.update_domain_configuration(
        SCOPE, name=name, settings=settings, status=status, remove_authorizer=remove
    )


def test_an_update_keeps_what_it_does_not_name() -> None:
    create(clientCertificateConfig={"clientCertificateCallbackArn": "x"})
    row = update(tlsConfig={"securityPolicy": "iotsecuritypolicy_tls12_1_2_2022_10"})
    assert row.settings == {
        "authenticationType": "DEFAULT",
        "applicationProtocol": "DEFAULT",
        "clientCertificateConfig": {"clientCertificateCallbackArn": "x"},
        "tlsConfig": {"securityPolicy": "IoTSecurityPolicy_TLS12_1_2_2022_10"},
    }
    assert update(tlsConfig={}).settings["tlsConfig"] == {"securityPolicy": "IoTSecurityPolicy_TLS13_1_2_2022_10"}


def test_the_time_of_the_status_changes_with_it_alone() -> None:
    before = create().status_changed_at
    assert update(status="ENABLED").status_changed_at == before
    assert update(status="DISABLED").status_changed_at > before


@pytest.mark.parametrize(
    ("domain_name", "settings", "message"),
    [
        (None, {"tlsConfig": {"securityPolicy": "Bogus"}}, "SecurityPolicy Bogus not recognized"),
        (None, {"tlsConfig": {"securityPolicy": "IoTSecurityPolicy_TLS12_1_0_2016_01"}}, "not supported in region"),
        (None, {"authenticationType": "AWS_X509"}, "must configure a supported ApplicationProtocol when configuring"),
        (None, {"applicationProtocol": "HTTPS"}, "must configure a supported AuthenticationType when configuring"),
        (None, {"authenticationType": "AWS_SIGV4", "applicationProtocol": "SECURE_MQTT"}, r"\[AWS_SIGV4\]"),
        (None, {"authenticationType": "MAGIC", "applicationProtocol": "HTTPS"}, "was not recognized"),
        (None, {"authenticationType": "CUSTOM_AUTH", "applicationProtocol": "HTTPS"}, "a valid AuthorizerConfig"),
        ("iot.example.com", {}, "Cannot provide a custom domain name for an AWS Managed Domain"),
        (None, {"validationCertificateArn": ARN}, "Cannot provide a Validation Certificate"),
        (None, {"serverCertificateConfig": {}}, "Cannot create a server certificate config"),
        (None, {"serverCertificateArns": [ARN]}, "Must provide a valid domain name"),
        ("iot.example.com", {"serverCertificateArns": [ARN], "validationCertificateArn": ARN}, "is the same as"),
    ],
)
def test_members_that_do_not_go_together_are_refused(
    domain_name: str | None, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(errors.InvalidRequestException, match=message):
        create(domain_name=domain_name, **settings)
    assert not domain_configurations.domain_configurations(SCOPE).filter(name="d").exists()


def test_other_services_have_no_domains_to_make() -> None:
    for service_type, message in (("JOBS", "Invalid Service Type"), ("CREDENTIAL_PROVIDER", "only supports DATA")):
        with pytest.raises(errors.InvalidRequestException, match=message):
            domain_configurations.create_domain_configuration(
                SCOPE, name="d", domain_name=None, service_type=service_type, settings={}
            )
    create()
    with pytest.raises(errors.ResourceNotFoundException, match=f"AccountId: {ELSEWHERE.account}"):
        domain_configurations.find_domain_configuration(ELSEWHERE, "d")


def test_the_services_own_are_there_from_the_start_and_change_little() -> None:
    rows = domain_configurations.domain_configurations(SCOPE)
    assert {row.name for row in rows} == {"iot:Data-ATS", "iot:CredentialProvider"}
    own = domain_configurations.find_domain_configuration(SCOPE, "iot:Data-ATS")
    assert own.arn.endswith(":domainconfiguration/iot:Data-ATS")
    assert domain_configurations.describe(own)["domainType"] == "ENDPOINT"
    policy = {"securityPolicy": "IoTSecurityPolicy_TLS13_1_3_2022_10"}
    assert update("iot:Data-ATS", tlsConfig=policy).settings["tlsConfig"] == policy
    refused: list[tuple[str, dict[str, Any]]] = [
        ("iot:Data-ATS", {"status": "DISABLED"}),
        ("iot:CredentialProvider", {"tlsConfig": policy}),
        ("iot:Jobs", {"tlsConfig": policy}),
    ]
    for name, changes in refused:
        with pytest.raises(errors.InvalidRequestException, match="IoT owned domain configuration cannot be updated"):
            update(name, **changes)
    with pytest.raises(errors.InvalidRequestException, match="Invalid DomainConfiguration Name"):
        domain_configurations.find_domain_configuration(SCOPE, "iot:Jobs")


def test_the_authorizer_stays_while_it_is_needed() -> None:
    create(
        authorizerConfig={"defaultAuthorizerName": "a"}, authenticationType="CUSTOM_AUTH", applicationProtocol="HTTPS"
    )
    assert update(authorizerConfig={"allowAuthorizerOverride": True}).settings["authorizerConfig"] == {
        "defaultAuthorizerName": "a",
        "allowAuthorizerOverride": True,
    }
    for changes, message in (
        ({"remove": True}, "a valid AuthorizerConfig"),
        ({"remove": True, "authorizerConfig": {}}, "cannot set authorizer and remove it"),
        ({"serverCertificateConfig": {"enableOCSPCheck": True}}, "non-customer-managed domains"),
        ({}, "No arguments supplied to update"),
    ):
        with pytest.raises(errors.InvalidRequestException, match=message):
            update(**changes)
    changed = update(remove=True, authenticationType="DEFAULT", applicationProtocol="DEFAULT")
    assert "authorizerConfig" not in changed.settings


def test_one_of_awss_domains_is_deleted_a_week_after_it_was_disabled() -> None:
    row = create()
    with pytest.raises(errors.InvalidRequestException, match="that is not disabled"):
        domain_configurations.delete_domain_configuration(SCOPE, name="d")
    row = update(status="DISABLED")
    with pytest.raises(errors.InvalidRequestException, match="for at least 7 days"):
        domain_configurations.delete_domain_configuration(SCOPE, name="d")
    row.status_changed_at -= timedelta(days=7)
    row.save()
    for _ in range(2):
        domain_configurations.delete_domain_configuration(SCOPE, name="d")
    assert not domain_configurations.domain_configurations(SCOPE).filter(name="d").exists()
