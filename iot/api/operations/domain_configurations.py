"""Domain configurations."""

from typing import Any

from iot.api.registry import Answer, Caller, operation
from iot.services import domain_configurations
from iot.services.paging import paginate

DEFAULT_PAGE = 250


@operation("CreateDomainConfiguration")
def create_domain_configuration(
    caller: Caller,
    *,
    domain_configuration_name: str,
    domain_name: str | None = None,
    server_certificate_arns: list[str] | None = None,
    validation_certificate_arn: str | None = None,
    authorizer_config: dict[str, Any] | None = None,
    service_type: str | None = None,
    tags: list[dict[str, str]] | None = None,
    tls_config: dict[str, Any] | None = None,
    server_certificate_config: dict[str, Any] | None = None,
    authentication_type: str | None = None,
    application_protocol: str | None = None,
    client_certificate_config: dict[str, Any] | None = None,
) -> Answer:
    row = domain_configurations.create_domain_configuration(
        caller.scope,
        name=domain_configuration_name,
        domain_name=domain_name,
        service_type=service_type,
        settings=_given(
            serverCertificateArns=server_certificate_arns,
            validationCertificateArn=validation_certificate_arn,
            authorizerConfig=authorizer_config,
            tlsConfig=tls_config,
            serverCertificateConfig=server_certificate_config,
            authenticationType=authentication_type,
            applicationProtocol=application_protocol,
            clientCertificateConfig=client_certificate_config,
        ),
        tags=tags,
    )
    return {"domainConfigurationName": row.name, "domainConfigurationArn": row.arn}


@operation("DescribeDomainConfiguration")
def describe_domain_configuration(caller: Caller, *, domain_configuration_name: str) -> Answer:
    row = domain_configurations.find_domain_configuration(caller.scope, domain_configuration_name)
    return domain_configurations.describe(row)


@operation("UpdateDomainConfiguration")
def update_domain_configuration(
    caller: Caller,
    *,
    domain_configuration_name: str,
    authorizer_config: dict[str, Any] | None = None,
    domain_configuration_status: str | None = None,
    remove_authorizer_config: bool = False,
    tls_config: dict[str, Any] | None = None,
    server_certificate_config: dict[str, Any] | None = None,
    authentication_type: str | None = None,
    application_protocol: str | None = None,
    client_certificate_config: dict[str, Any] | None = None,
) -> Answer:
    row = domain_configurations.update_domain_configuration(
        caller.scope,
        name=domain_configuration_name,
        settings=_given(
            authorizerConfig=authorizer_config,
            tlsConfig=tls_config,
            serverCertificateConfig=server_certificate_config,
            authenticationType=authentication_type,
            applicationProtocol=application_protocol,
            clientCertificateConfig=client_certificate_config,
        ),
        status=domain_configuration_status,
        remove_authorizer=remove_authorizer_config,
    )
    return {"domainConfigurationName": row.name, "domainConfigurationArn": row.arn}


@operation("DeleteDomainConfiguration")
def delete_domain_configuration(caller: Caller, *, domain_configuration_name: str) -> Answer:
    domain_configurations.delete_domain_configuration(caller.scope, name=domain_configuration_name)
    return {}


@operation("ListDomainConfigurations")
def list_domain_configurations(
    caller: Caller, *, marker: str | None = None, page_size: int = DEFAULT_PAGE, service_type: str | None = None
) -> Answer:
    # AWS lists all, whichever of its services is named.
    domain_configurations.check_service_type(service_type)
    rows = domain_configurations.domain_configurations(caller.scope)
    page, token = paginate(rows, scope=caller.scope, kind="domains", token=marker, limit=page_size)
    found = [
        {
            "domainConfigurationName": row.name,
            "domainConfigurationArn": row.arn,
            "serviceType": row.service_type,
        }
        for row in page
    ]
    return {"domainConfigurations": found, "nextMarker": token}


def _given(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
