"""Domain configurations over boto3."""

from typing import Any

import pytest

from iot.services import domain_configurations


def test_a_domain_configuration_lives(iot: Any) -> None:
    authorizer = {"defaultAuthorizerName": "a", "allowAuthorizerOverride": True}
    made = iot.create_domain_configuration(
        domainConfigurationName="d",
        domainName="iot.example.com",
        serverCertificateArns=["arn:aws:acm:us-east-1:123456789012:certificate/1"],
        authorizerConfig=authorizer,
        serviceType="DATA",
        tlsConfig={"securityPolicy": "IoTSecurityPolicy_TLS13_1_2_2022_10"},
    )
    assert ":domainconfiguration/d/" in made["domainConfigurationArn"]
    found = iot.describe_domain_configuration(domainConfigurationName="d")
    assert (found["domainName"], found["domainType"]) == ("iot.example.com", "CUSTOMER_MANAGED")
    assert (found["domainConfigurationStatus"], found["authorizerConfig"]) == ("ENABLED", authorizer)
    assert found["serverCertificates"][0]["serverCertificateStatus"] == "VALID"
    assert found["lastStatusChangeDate"]
    with pytest.raises(iot.exceptions.ResourceAlreadyExistsException, match="Domain configuration already exists") as e:
        iot.create_domain_configuration(domainConfigurationName="d")
    assert e.value.response["resourceId"] == made["domainConfigurationArn"].split(":", 5)[5]
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.delete_domain_configuration(domainConfigurationName="d")
    iot.update_domain_configuration(
        domainConfigurationName="d", domainConfigurationStatus="DISABLED", removeAuthorizerConfig=True
    )
    found = iot.describe_domain_configuration(domainConfigurationName="d")
    assert found["domainConfigurationStatus"] == "DISABLED"
    assert "authorizerConfig" not in found
    for _ in range(2):
        iot.delete_domain_configuration(domainConfigurationName="d")
    with pytest.raises(iot.exceptions.ResourceNotFoundException, match="DomainConfigurationName: d"):
        iot.describe_domain_configuration(domainConfigurationName="d")


def test_a_domain_of_the_services_own_is_where_the_installation_is(iot: Any) -> None:
    address = iot.describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"]
    iot.create_domain_configuration(domainConfigurationName="plain")
    for name, kind in (("plain", "AWS_MANAGED"), ("iot:Data-ATS", "ENDPOINT")):
        found = iot.describe_domain_configuration(domainConfigurationName=name)
        assert (found["domainName"], found["domainType"]) == (address, kind)


def test_all_are_listed_whichever_service_is_named(iot: Any) -> None:
    for name in ("one", "two"):
        iot.create_domain_configuration(domainConfigurationName=name)
    names = [*domain_configurations.OWNED, "one", "two"]
    for given in ({}, {"serviceType": "CREDENTIAL_PROVIDER"}):
        listed = iot.list_domain_configurations(**given)["domainConfigurations"]
        assert [one["domainConfigurationName"] for one in listed] == names
    first = iot.list_domain_configurations(pageSize=3)
    rest = iot.list_domain_configurations(pageSize=3, marker=first["nextMarker"])
    assert len(first["domainConfigurations"]) + len(rest["domainConfigurations"]) == 4
    for wrong, message in (({"serviceType": "JOBS"}, "Invalid Service Type"), ({"marker": "Zm9v"}, "Invalid Token")):
        with pytest.raises(iot.exceptions.InvalidRequestException, match=message):
            iot.list_domain_configurations(**wrong)
