"""Domain configurations over boto3."""

from typing import Any

import pytest


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
    with pytest.raises(iot.exceptions.ResourceAlreadyExistsException, match="with given name already exists"):
        iot.create_domain_configuration(domainConfigurationName="d")
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.delete_domain_configuration(domainConfigurationName="d")
    iot.update_domain_configuration(
        domainConfigurationName="d", domainConfigurationStatus="DISABLED", removeAuthorizerConfig=True
    )
    found = iot.describe_domain_configuration(domainConfigurationName="d")
    assert found["domainConfigurationStatus"] == "DISABLED"
    assert "authorizerConfig" not in found
    iot.create_domain_configuration(domainConfigurationName="plain", serviceType="JOBS")
    assert iot.describe_domain_configuration(domainConfigurationName="plain")["domainType"] == "AWS_MANAGED"
    listed = iot.list_domain_configurations(serviceType="JOBS")["domainConfigurations"]
    assert [one["domainConfigurationName"] for one in listed] == ["plain"]
    iot.delete_domain_configuration(domainConfigurationName="d")
    for call in (iot.describe_domain_configuration, iot.delete_domain_configuration, iot.update_domain_configuration):
        with pytest.raises(iot.exceptions.ResourceNotFoundException, match="The specified resource does not exist"):
            call(domainConfigurationName="d")
