"""Clients of AWS's services, one a service, region and role, made as the settings of `services.aws_targets` say."""

import threading
import time
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

from iot.core.arn import Scope
from iot.rules.action import Failed
from iot.services import aws_targets
from iot.services.aws_targets import Target

CONNECT_SECONDS = 3
READ_SECONDS = 10
CONNECTIONS = 16
ROLE_MARGIN = 300.0
ROLE_SESSION = "thingstead"
TRANSIENT_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "ExpiredToken",
        "ExpiredTokenException",
        "InternalError",
        "InternalFailure",
        "KMSThrottlingException",
        "KmsThrottled",
        "LimitExceededException",
        "OperationAborted",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestExpired",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "Throttling",
        "ThrottledException",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)


class AwsClients:
    """Answers clients, which threads share. They never retry by themselves: what fails is kept and tried again."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._clients: dict[tuple[str, str, str], tuple[Any, float]] = {}
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Make clients anew, because settings have changed."""
        with self._lock:
            self._clients.clear()

    def client(self, service: str, role_arn: str = "", region: str = "") -> Any:
        """Answer a client of a service; `role_arn` is assumed where the settings say so, `region` is an ARN's."""
        key = (service, role_arn, region)
        found = self._clients.get(key)
        if found is not None and found[1] > time.time():
            return found[0]
        with self._lock:
            found = self._clients.get(key)
            if found is None or found[1] <= time.time():
                found = self._clients[key] = self._make(service, role_arn, region)
            return found[0]

    def credentials(self, service: str, role_arn: str = "") -> Any:
        """Answer botocore's credentials for a service, for requests that are signed without a client; perhaps None."""
        target = aws_targets.find_target(self._scope, service)
        if target.access_key_id and not (target.assume_role and role_arn):
            return Credentials(target.access_key_id, target.secret_access_key)
        if target.assume_role and role_arn:
            answer = self._assume(role_arn)
            return Credentials(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
        return boto3.session.Session().get_credentials()

    def region(self, service: str) -> str:
        """Answer the region that is set for a service, else the account's."""
        return aws_targets.find_target(self._scope, service).region_name or self._scope.region

    def _make(self, service: str, role_arn: str, region: str) -> tuple[Any, float]:
        target = aws_targets.find_target(self._scope, service)
        if not target.assume_role or not role_arn:
            return _client(service, target, target.region_name or region or self._scope.region), float("inf")
        answer = self._assume(role_arn)
        made = _client(
            service,
            Target(target.endpoint_url, target.region_name, answer["AccessKeyId"], answer["SecretAccessKey"]),
            target.region_name or region or self._scope.region,
            token=answer["SessionToken"],
        )
        return made, answer["Expiration"].timestamp() - ROLE_MARGIN

    def _assume(self, role_arn: str) -> dict[str, Any]:
        target = aws_targets.find_target(self._scope, "sts")
        sts = _client("sts", target, target.region_name or self._scope.region)
        found: dict[str, Any] = sts.assume_role(RoleArn=role_arn, RoleSessionName=ROLE_SESSION)["Credentials"]
        return found


def _client(service: str, target: Target, region: str, token: str | None = None) -> Any:
    return boto3.session.Session().client(
        service,
        region_name=region,
        endpoint_url=target.endpoint_url or None,
        aws_access_key_id=target.access_key_id or None,
        aws_secret_access_key=target.secret_access_key or None,
        aws_session_token=token,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            max_pool_connections=CONNECTIONS,
            retries={"total_max_attempts": 1},
            # A service of AWS may put a word before its host; before an endpoint of somebody's own that leads nowhere.
            inject_host_prefix=not target.endpoint_url,
            s3={"addressing_style": "path"} if target.endpoint_url else None,
        ),
    )


def failed(error: Exception) -> Failed:
    """Say why a call failed, and whether it would again: a caller's mistake would, faults and limits would not."""
    if isinstance(error, ClientError):
        answer = error.response.get("Error", {})
        code = str(answer.get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        final = 400 <= status < 500 and status != 429 and code not in TRANSIENT_CODES
        return Failed(f"{code}: {answer.get('Message', '')}", final)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return Failed(f"{error}: set credentials on the Destinations page", final=True)
    return Failed(f"{type(error).__name__}: {error}", final=type(error).__name__ == "ParamValidationError")


def entries_failed(answer: dict[str, Any], count: int) -> "list[Failed | None]":
    """Answer the results of a batch of entries whose ids are their places, from the entries that are told as failed."""
    results: list[Failed | None] = [None] * count
    for one in answer.get("Failed", ()):
        code = one["Code"]
        # Services call it the sender's fault, too, that a key is asked too often.
        final = bool(one["SenderFault"]) and code not in TRANSIENT_CODES
        results[int(one["Id"])] = Failed(f"{code}: {one.get('Message', '')}", final)
    return results


def records_failed(answered: list[dict[str, Any]]) -> "list[Failed | None]":
    """Answer the results of a batch of records, from what a stream says of each; it may take them later."""
    return [
        Failed(f"{one['ErrorCode']}: {one.get('ErrorMessage', '')}") if one.get("ErrorCode") else None
        for one in answered
    ]


def one_by_one(call: Callable[[Any], Any], requests: list[Any]) -> "list[Failed | None]":
    """Make one call a request, each with its own result."""
    results: list[Failed | None] = []
    for request in requests:
        try:
            call(request)
            results.append(None)
        except (ClientError, BotoCoreError) as error:
            results.append(failed(error))
    return results


def all_or_each(call: Callable[[list[Any]], "list[Failed | None]"], requests: list[Any]) -> "list[Failed | None]":
    """Make one call for all requests; where it is refused as a whole, each alone, so that one harms no other."""
    try:
        return call(requests)
    except (ClientError, BotoCoreError) as error:
        result = failed(error)
        if not result.final or len(requests) == 1:
            return [result] * len(requests)
    return [all_or_each(call, [request])[0] for request in requests]


def region_of(arn_or_url: str) -> str:
    """Answer the region that an ARN, or the URL of an SQS queue at AWS, names; empty where it names none."""
    if arn_or_url.startswith("arn:"):
        return arn_or_url.split(":")[3]
    host = arn_or_url.partition("://")[2].partition("/")[0]
    parts = host.split(".")
    return parts[1] if len(parts) >= 4 and parts[0] == "sqs" and "amazonaws" in parts else ""
