"""How AWS services are reached: endpoint, region, credentials and role, for all services or one by one."""

from dataclasses import dataclass

from django.db import transaction

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.arn import Scope
from iot.models import AwsTarget
from iot.services.access import seal, unseal

SERVICES = (
    "cloudwatch",
    "dynamodb",
    "es",
    "firehose",
    "iotsitewise",
    "kinesis",
    "lambda",
    "location",
    "logs",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "stepfunctions",
    "sts",
    "timestream-write",
)


@dataclass(frozen=True, slots=True)
class Target:
    """How a service is reached; empty fields are boto3's own to find."""

    endpoint_url: str = ""
    region_name: str = ""
    access_key_id: str = ""
    secret_access_key: str = ""
    assume_role: bool = False


def aws_targets(scope: Scope) -> dict[str, AwsTarget]:
    """Answer what is set, by service; the empty name is for all others."""
    return {row.service: row for row in AwsTarget.objects.filter(account=scope.account, region=scope.region)}


def find_target(scope: Scope, service: str) -> Target:
    """Answer how a service is reached: its own settings, or those for all."""
    rows = aws_targets(scope)
    row = rows.get(service) or rows.get("")
    if row is None:
        return Target()
    secret = unseal(row.sealed_secret) if row.sealed_secret else ""
    return Target(row.endpoint_url, row.region_name, row.access_key_id, secret, row.assume_role)


def set_aws_target(
    scope: Scope,
    *,
    service: str = "",
    endpoint_url: str = "",
    region_name: str = "",
    access_key_id: str = "",
    secret_access_key: str | None = None,
    assume_role: bool = False,
) -> None:
    """Set how a service is reached; without a secret the one that is set stays."""
    if service and service not in SERVICES:
        raise errors.InvalidRequestException(f"No rule action uses the service {service}")
    if endpoint_url and not endpoint_url.startswith(("http://", "https://")):
        raise errors.InvalidRequestException("An endpoint is a URL that begins with http:// or https://")
    changes = {
        "endpoint_url": endpoint_url,
        "region_name": region_name,
        "access_key_id": access_key_id,
        "assume_role": assume_role,
    }
    if secret_access_key is not None:
        changes["sealed_secret"] = seal(secret_access_key) if secret_access_key else ""
    with transaction.atomic():
        AwsTarget.objects.update_or_create(
            account=scope.account, region=scope.region, service=service, defaults=changes
        )
        announce("awstargets", service, scope)


def delete_aws_target(scope: Scope, *, service: str = "") -> None:
    """Forget what is set for a service."""
    with transaction.atomic():
        AwsTarget.objects.filter(account=scope.account, region=scope.region, service=service).delete()
        announce("awstargets", service, scope)
