"""Credentials of the role behind a role alias, from whatever speaks AWS STS."""

from dataclasses import dataclass
from datetime import datetime

from iot.core import errors
from iot.core.arn import Scope
from iot.services.aws_targets import find_target
from iot.services.role_aliases import find_role_alias

TIMEOUT = 5


@dataclass(frozen=True, slots=True)
class RoleCredentials:
    """Keys that are good until `expiration`."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    expiration: datetime


def assume_role(scope: Scope, *, role_alias: str, session_name: str) -> RoleCredentials:
    """Assume the role of an alias for as long as the alias says.

    Raises ResourceNotFoundException for an alias that there is not, ForbiddenException where STS refuses, and
    ServiceUnavailableException where it cannot be asked.
    """
    import boto3  # 12 MB that a gateway without role aliases need not hold
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    alias, target = find_role_alias(scope, role_alias), find_target(scope, "sts")
    try:
        client = boto3.session.Session().client(
            "sts",
            endpoint_url=target.endpoint_url or None,
            region_name=target.region_name or scope.region,
            aws_access_key_id=target.access_key_id or None,
            aws_secret_access_key=target.secret_access_key or None,
            config=Config(connect_timeout=TIMEOUT, read_timeout=TIMEOUT, retries={"max_attempts": 0}),
        )
        found = client.assume_role(
            RoleArn=alias.role_arn, RoleSessionName=session_name, DurationSeconds=alias.duration
        )["Credentials"]
    except ClientError as error:
        raise errors.ForbiddenException(f"Unable to assume role: {error.response['Error']['Message']}") from None
    except BotoCoreError as error:
        raise errors.ServiceUnavailableException(f"STS cannot be asked: {error}") from None
    return RoleCredentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"], found["Expiration"])
