"""Domain configurations: how endpoints authenticate and which protocols they speak, as AWS keeps and checks them.

Gateways act by those that have a domain name, which a device means by SNI. Each account has two that are the service's
own, `iot:Data-ATS` and `iot:CredentialProvider`. Sources: DescribeDomainConfiguration, "TLS security policies" and
"Protocols, port mappings, and authentication" of the developer guide.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings as site
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.arn import Scope
from iot.models import DomainConfiguration
from iot.services.tags import Given, forget_tags, put_tags

DATA, CREDENTIAL_PROVIDER, JOBS = "DATA", "CREDENTIAL_PROVIDER", "JOBS"
OWNED = {"iot:Data-ATS": DATA, "iot:CredentialProvider": CREDENTIAL_PROVIDER}
RETIRED = ("iot:Data", "iot:Jobs")
ENABLED, DISABLED = "ENABLED", "DISABLED"
DISABLED_BEFORE_DELETED = timedelta(days=7)
DEFAULT_SECURITY_POLICY = "IoTSecurityPolicy_TLS13_1_2_2022_10"
OLDER_SECURITY_POLICY = "IoTSecurityPolicy_TLS12_1_0_2016_01"
SECURITY_POLICIES = (
    "IoTSecurityPolicy_TLS13_1_3_2022_10",
    DEFAULT_SECURITY_POLICY,
    "IoTSecurityPolicy_TLS12_1_2_2022_10",
    OLDER_SECURITY_POLICY,
    "IoTSecurityPolicy_TLS12_1_0_2015_01",
)
# These regions have the policy of 2015 in its place.
WITHOUT_OLDER_POLICY = ("ap-northeast-1", "ap-southeast-1", "eu-central-1", "eu-west-1", "us-east-1", "us-west-2")
PROTOCOLS = {
    "DEFAULT": ("DEFAULT",),
    "AWS_X509": ("SECURE_MQTT", "HTTPS"),
    "AWS_SIGV4": ("MQTT_WSS", "HTTPS"),
    "CUSTOM_AUTH": ("SECURE_MQTT", "MQTT_WSS", "HTTPS"),
    "CUSTOM_AUTH_X509": ("SECURE_MQTT", "HTTPS"),
}
_HELP = "Please refer to <https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html> for supported"
_AGAIN = f"{_HELP} combinations and try again."
Members = dict[str, Any]


def domain_configurations(scope: Scope) -> QuerySet[DomainConfiguration]:
    """Select domain configurations; the service's own come into being when somebody first asks."""
    rows = DomainConfiguration.objects.filter(account=scope.account, region=scope.region)
    if rows.filter(name__in=OWNED).count() < len(OWNED):
        for name, service_type in OWNED.items():
            members = {} if service_type != DATA else _with_defaults({})
            rows.get_or_create(
                account=scope.account,
                region=scope.region,
                name=name,
                defaults={"config_id": "", "service_type": service_type, "settings": members},
            )
    return rows


def check_service_type(service_type: str | None) -> None:
    """Refuse the service that no longer has domains of its own."""
    if service_type == JOBS:
        raise errors.InvalidRequestException("Invalid Service Type")


def find_domain_configuration(scope: Scope, name: str, *, lock: bool = False) -> DomainConfiguration:
    """Find a domain configuration. Raises ResourceNotFoundException."""
    if name in RETIRED:
        raise errors.InvalidRequestException("Invalid DomainConfiguration Name")
    rows = domain_configurations(scope).filter(name=name)
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise errors.ResourceNotFoundException(
            "Could not find domain configuration for given account ID and domain configuration name, "
            f"AccountId: {scope.account}, DomainConfigurationName: {name}"
        )
    return row


def create_domain_configuration(
    scope: Scope,
    *,
    name: str,
    domain_name: str | None,
    service_type: str | None,
    settings: Members,
    tags: Given | None = None,
) -> DomainConfiguration:
    """Create a domain configuration; `settings` are the members that AWS keeps as given.

    Raises InvalidRequestException for members that do not go together, ResourceAlreadyExistsException.
    """
    check_service_type(service_type)
    if service_type == CREDENTIAL_PROVIDER:
        raise errors.InvalidRequestException("CreateDomainConfiguration only supports DATA Service Type")
    present = domain_configurations(scope).filter(name=name).first()
    if present is not None:
        raise _conflict(present)
    members = _with_defaults(settings, region=scope.region)
    _check_pair(settings)
    _check_authentication(members)
    _check_domain(domain_name, settings)
    try:
        with transaction.atomic():
            row = DomainConfiguration.objects.create(
                account=scope.account, region=scope.region, name=name, domain_name=domain_name or "", settings=members
            )
            put_tags(scope, row.arn, tags)
            announce("domainconfigurations", name, scope)
    except IntegrityError:
        raise _conflict(find_domain_configuration(scope, name)) from None
    return row


def update_domain_configuration(
    scope: Scope, *, name: str, settings: Members, status: str | None, remove_authorizer: bool = False
) -> DomainConfiguration:
    """Change the members that are given, the status, or take the authorizer away."""
    _check_update(name, settings, status, remove_authorizer=remove_authorizer)
    if "tlsConfig" in settings:
        settings = {**settings, "tlsConfig": _tls(settings["tlsConfig"], scope.region)}
    with transaction.atomic():
        row = find_domain_configuration(scope, name, lock=True)
        if "serverCertificateConfig" in settings and not _is_customers(row):
            raise errors.InvalidRequestException(
                "Cannot configure ServerCertificateConfig for non-customer-managed domains"
            )
        members = {**row.settings, **settings}
        if "authorizerConfig" in settings:
            members["authorizerConfig"] = {**row.settings.get("authorizerConfig", {}), **settings["authorizerConfig"]}
        if remove_authorizer:
            members.pop("authorizerConfig", None)
        if name not in OWNED:
            _check_authentication(members)
        row.settings = members
        if status is not None and status != row.status:
            row.status, row.status_changed_at = status, timezone.now()
        row.save(update_fields=["settings", "status", "status_changed_at"])
        announce("domainconfigurations", name, scope)
    return row


def delete_domain_configuration(scope: Scope, *, name: str) -> None:
    """Delete a disabled domain configuration, one of AWS's domains a week after; an unknown name is no error."""
    with transaction.atomic():
        row = domain_configurations(scope).filter(name=name).first()
        if row is None:
            return
        if row.status != DISABLED:
            raise errors.InvalidRequestException("Cannot delete a domain configuration that is not disabled")
        if not _is_customers(row) and timezone.now() - row.status_changed_at < DISABLED_BEFORE_DELETED:
            raise errors.InvalidRequestException(
                f"AWS Managed Domain Configuration must be disabled for at least {DISABLED_BEFORE_DELETED.days} days "
                "before it can be deleted"
            )
        forget_tags(scope, row.arn)
        row.delete()
        announce("domainconfigurations", name, scope)


def describe(row: DomainConfiguration) -> Members:
    """Answer DescribeDomainConfiguration's structure; a domain of the service's is where this installation is."""
    certificates = [
        {"serverCertificateArn": arn, "serverCertificateStatus": "VALID"}
        for arn in row.settings.get("serverCertificateArns", [])
    ]
    return {
        **row.settings,
        "domainConfigurationName": row.name,
        "domainConfigurationArn": row.arn,
        "domainName": row.domain_name or site.ENDPOINT,
        "serverCertificates": certificates,
        "domainConfigurationStatus": row.status,
        "serviceType": row.service_type,
        "domainType": "ENDPOINT" if row.name in OWNED else "CUSTOMER_MANAGED" if _is_customers(row) else "AWS_MANAGED",
        "lastStatusChangeDate": row.status_changed_at,
    }


def _is_customers(row: DomainConfiguration) -> bool:
    return bool(row.settings.get("serverCertificateArns"))


def _conflict(present: DomainConfiguration) -> errors.AwsError:
    return errors.ResourceAlreadyExistsException(
        "Domain configuration already exists",
        resourceId=present.arn.split(":", 5)[5],
        resourceArn=present.arn,
    )


def _with_defaults(given: Members, region: str = "") -> Members:
    return {
        "authenticationType": "DEFAULT",
        "applicationProtocol": "DEFAULT",
        **{name: value for name, value in given.items() if value != {}},
        "tlsConfig": _tls(given.get("tlsConfig") or {}, region),
    }


def _tls(given: Members, region: str) -> Members:
    """Answer a TLS configuration with its policy in AWS's spelling."""
    wanted = given.get("securityPolicy")
    if wanted is None:
        return {"securityPolicy": DEFAULT_SECURITY_POLICY}
    policy = next((one for one in SECURITY_POLICIES if one.lower() == wanted.lower()), None)
    if policy is None:
        raise errors.InvalidRequestException(f"SecurityPolicy {wanted} not recognized")
    if policy == OLDER_SECURITY_POLICY and region in WITHOUT_OLDER_POLICY:
        raise errors.InvalidRequestException(f"SecurityPolicy {wanted} is not supported in region {region}")
    return {"securityPolicy": policy}


def _check_pair(given: Members) -> None:
    for one, other in (
        ("authenticationType", "applicationProtocol"),
        ("applicationProtocol", "authenticationType"),
    ):
        if one in given and other not in given:
            titles = [f"{name[0].upper()}{name[1:]}" for name in (other, one)]
            raise errors.InvalidRequestException(
                f"The domain must configure a supported {titles[0]} when configuring an {titles[1]}. {_AGAIN}"
            )


def _check_authentication(members: Members) -> None:
    kind, protocol = members["authenticationType"], members["applicationProtocol"]
    if kind not in PROTOCOLS:
        raise errors.InvalidRequestException(
            f"The AuthenticationType provided in the request was not recognized. {_HELP} Authentication Type values "
            "and try again."
        )
    if protocol not in PROTOCOLS[kind]:
        raise errors.InvalidRequestException(
            "Unsupported combination of AuthenticationType and ApplicationProtocol provided. AuthenticationType: "
            f"[{kind}], ApplicationProtocol: [{protocol}]. {_AGAIN}"
        )
    if kind.startswith("CUSTOM_AUTH") and not members.get("authorizerConfig"):
        raise errors.InvalidRequestException(
            f"The domain configuration must have a valid AuthorizerConfig configured when using {kind} as the "
            f"AuthenticationType. {_AGAIN}"
        )


def _check_domain(domain_name: str | None, given: Members) -> None:
    """Demand that a domain of the caller's has a certificate, and AWS's none of what goes with one."""
    arns = given.get("serverCertificateArns")
    refused = ""
    if arns:
        if not domain_name:
            refused = "Must provide a valid domain name to configure."
        elif given.get("validationCertificateArn") in arns:
            refused = "Cannot provide a ServerCertificateArn that is the same as a ValidationCertificateArn"
    elif domain_name:
        refused = "Cannot provide a custom domain name for an AWS Managed Domain"
    elif "validationCertificateArn" in given:
        refused = "Cannot provide a Validation Certificate for AWS Managed Domain Configurations"
    elif "serverCertificateConfig" in given:
        refused = "Cannot create a server certificate config for an AWS Managed Domain"
    if refused:
        raise errors.InvalidRequestException(refused)


def _check_update(name: str, given: Members, status: str | None, *, remove_authorizer: bool) -> None:
    if not given and status is None and not remove_authorizer:
        raise errors.InvalidRequestException("No arguments supplied to update")
    changes_tls_alone = set(given) == {"tlsConfig"} and status is None and not remove_authorizer
    if name in RETIRED or (name in OWNED and not (OWNED[name] == DATA and changes_tls_alone)):
        raise errors.InvalidRequestException(
            "IoT owned domain configuration cannot be updated with the supplied arguments"
        )
    if "authorizerConfig" in given and remove_authorizer:
        raise errors.InvalidRequestException(
            "AuthorizerConfig supplied and removeAuthorizer is true, cannot set authorizer and remove it"
        )
