"""Role aliases, domain configurations, logging, endpoints and event switches over boto3."""

from typing import Any

import pytest

ROLE = "arn:aws:iam::123456789012:role/devices"


def test_a_role_alias_lives(iot: Any) -> None:
    made = iot.create_role_alias(roleAlias="alias", roleArn=ROLE)
    assert made["roleAliasArn"] == "arn:aws:iot:us-east-1:123456789012:rolealias/alias"
    found = iot.describe_role_alias(roleAlias="alias")["roleAliasDescription"]
    assert (found["credentialDurationSeconds"], found["owner"]) == (3600, "123456789012")
    with pytest.raises(iot.exceptions.ResourceAlreadyExistsException):
        iot.create_role_alias(roleAlias="alias", roleArn=ROLE)
    iot.update_role_alias(roleAlias="alias", credentialDurationSeconds=900)
    found = iot.describe_role_alias(roleAlias="alias")["roleAliasDescription"]
    assert (found["credentialDurationSeconds"], found["roleArn"]) == (900, ROLE)
    iot.create_role_alias(roleAlias="second", roleArn=ROLE)
    assert iot.list_role_aliases()["roleAliases"] == ["alias", "second"]
    assert iot.list_role_aliases(ascendingOrder=False)["roleAliases"] == ["second", "alias"]
    iot.delete_role_alias(roleAlias="alias")
    for call in (iot.describe_role_alias, iot.delete_role_alias):
        with pytest.raises(iot.exceptions.ResourceNotFoundException):
            call(roleAlias="alias")


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


def test_logging_options_of_both_versions(iot: Any) -> None:
    assert iot.get_logging_options()["logLevel"] == "DISABLED"
    iot.set_logging_options(loggingOptionsPayload={"roleArn": ROLE, "logLevel": "INFO"})
    assert iot.get_logging_options()["roleArn"] == ROLE
    for call in (iot.get_v2_logging_options, iot.list_v2_logging_levels):
        with pytest.raises(iot.exceptions.NotConfiguredException):
            call()
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.set_v2_logging_options(defaultLogLevel="WARN")
    iot.set_v2_logging_options(roleArn=ROLE, defaultLogLevel="WARN")
    iot.set_v2_logging_options(disableAllLogs=True)
    found = iot.get_v2_logging_options()
    assert (found["roleArn"], found["defaultLogLevel"], found["disableAllLogs"]) == (ROLE, "WARN", True)


def test_levels_of_targets(iot: Any) -> None:
    iot.set_v2_logging_options(roleArn=ROLE, defaultLogLevel="WARN")
    target = {"targetType": "THING_GROUP", "targetName": "g"}
    iot.set_v2_logging_level(logTarget=target, logLevel="DEBUG")
    iot.set_v2_logging_level(logTarget=target, logLevel="ERROR")
    iot.set_v2_logging_level(logTarget={"targetType": "DEFAULT"}, logLevel="INFO")
    listed = iot.list_v2_logging_levels(targetType="THING_GROUP")["logTargetConfigurations"]
    assert listed == [{"logTarget": target, "logLevel": "ERROR"}]
    first = iot.list_v2_logging_levels(maxResults=1)
    assert len(first["logTargetConfigurations"]) == 1
    assert "nextToken" not in iot.list_v2_logging_levels(maxResults=1, nextToken=first["nextToken"])
    iot.delete_v2_logging_level(targetType="THING_GROUP", targetName="g")
    assert iot.list_v2_logging_levels(targetType="THING_GROUP")["logTargetConfigurations"] == []


def test_endpoints(iot: Any, settings: Any) -> None:
    for kind in ("iot:Data", "iot:Data-ATS", "iot:CredentialProvider", "iot:Jobs"):
        assert iot.describe_endpoint(endpointType=kind)["endpointAddress"] == settings.ENDPOINT
    with pytest.raises(iot.exceptions.InvalidRequestException, match="Endpoint type iot:Bogus not recognized"):
        iot.describe_endpoint(endpointType="iot:Bogus")


def test_event_switches(iot: Any) -> None:
    assert not any(one["Enabled"] for one in iot.describe_event_configurations()["eventConfigurations"].values())
    iot.update_event_configurations(eventConfigurations={"THING": {"Enabled": True}, "JOB": {"Enabled": True}})
    iot.update_event_configurations(eventConfigurations={"JOB": {"Enabled": False}})
    found = iot.describe_event_configurations()
    assert {name for name, one in found["eventConfigurations"].items() if one["Enabled"]} == {"THING"}
    assert found["creationDate"] <= found["lastModifiedDate"]
