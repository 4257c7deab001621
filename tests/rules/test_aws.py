import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ParamValidationError
from django.conf import settings

from iot.rules.action import Failed
from iot.rules.aws import AwsClients, all_or_each, entries_failed, failed, one_by_one, records_failed, region_of
from iot.services import aws_targets
from tests.rules.running import REGION, ROLE


def refused(code: str, status: int) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Op")


@pytest.mark.parametrize(
    ("error", "final"),
    [
        (refused("NoSuchBucket", 404), True),
        (refused("AccessDenied", 403), True),
        (refused("ValidationException", 400), True),
        (refused("ThrottlingException", 400), False),
        (refused("ProvisionedThroughputExceededException", 400), False),
        (refused("ExpiredToken", 400), False),
        (refused("TooMany", 429), False),
        (refused("RequestThrottled", 400), False),
        (refused("Internal", 500), False),
        (EndpointConnectionError(endpoint_url="http://x"), False),
        (NoCredentialsError(), True),
        (ParamValidationError(report="r"), True),
        (ConnectionError("x"), False),
    ],
    ids=str,
)
def test_mistakes_are_final_and_faults_are_not(error: Exception, final: bool) -> None:
    assert failed(error).final is final


def test_a_throttled_entry_of_a_batch_is_not_final_whosever_fault_it_is() -> None:
    told = [
        {"Id": "3", "Code": "KmsThrottled", "Message": "m", "SenderFault": True},
        {"Id": "0", "Code": "InvalidMessageContents", "SenderFault": True},
        {"Id": "1", "Code": "InternalError", "SenderFault": False},
    ]
    assert entries_failed({"Failed": told}, 4) == [
        Failed("InvalidMessageContents: ", final=True),
        Failed("InternalError: "),
        None,
        Failed("KmsThrottled: m"),
    ]


def test_a_record_that_a_stream_did_not_take_is_tried_again() -> None:
    told = [{"RecordId": "1"}, {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "m"}]
    assert records_failed(told) == [None, Failed("ServiceUnavailableException: m")]


@pytest.mark.parametrize(
    ("where", "region"),
    [
        ("arn:aws:lambda:eu-west-1:123456789012:function:f", "eu-west-1"),
        ("https://sqs.ap-south-1.amazonaws.com/1/q", "ap-south-1"),
        ("http://localhost:9324/1/q", ""),
        ("http://sqs.us-east-1.localhost.localstack.cloud:4566/1/q", ""),
        ("", ""),
    ],
)
def test_an_arn_or_a_queues_url_tells_the_region(where: str, region: str) -> None:
    assert region_of(where) == region


def test_one_refused_request_of_a_batch_harms_no_other() -> None:
    def call(requests: list[int]) -> list[Failed | None]:
        if 2 in requests:
            raise refused("ValidationException", 400)
        return [None] * len(requests)

    first, second, third = all_or_each(call, [1, 2, 3])
    assert (first, third) == (None, None)
    assert second is not None
    assert second.final


def test_a_fault_fails_the_whole_batch_for_now() -> None:
    calls: list[list[int]] = []

    def call(requests: list[int]) -> list[Failed | None]:
        calls.append(requests)
        raise refused("InternalError", 500)

    assert [one is not None and not one.final for one in all_or_each(call, [1, 2])] == [True, True]
    assert calls == [[1, 2]]


def test_one_by_one_each_has_its_result() -> None:
    def call(request: int) -> None:
        if request == 2:
            raise refused("AccessDenied", 403)

    results = one_by_one(call, [1, 2, 3])
    assert [one is None for one in results] == [True, False, True]


@pytest.mark.django_db
def test_clients_are_kept_until_the_settings_change(moto: str) -> None:
    aws_targets.set_aws_target(settings.SCOPE, endpoint_url=moto, access_key_id="k", secret_access_key="s")
    clients = AwsClients(settings.SCOPE)
    first = clients.client("sqs")
    assert clients.client("sqs") is first
    assert clients.client("sqs", region="eu-west-1").meta.region_name == "eu-west-1"
    aws_targets.set_aws_target(settings.SCOPE, service="sqs", endpoint_url=moto, region_name="eu-west-2")
    clients.forget()
    assert clients.client("sqs").meta.region_name == "eu-west-2"


@pytest.mark.django_db
def test_the_role_is_assumed_where_the_settings_say_so(moto: str, aws: Any) -> None:
    aws("iam").create_role(RoleName="assumed", AssumeRolePolicyDocument=json.dumps({}))
    common = {"endpoint_url": moto, "region_name": REGION, "access_key_id": "k", "secret_access_key": "s"}
    aws_targets.set_aws_target(settings.SCOPE, service="sts", **common)  # type: ignore[arg-type]  # all are texts
    aws_targets.set_aws_target(settings.SCOPE, assume_role=True, **common)
    clients = AwsClients(settings.SCOPE)
    assert clients.credentials("sqs", ROLE).access_key.startswith("ASIA")
    assert clients.credentials("sqs").access_key == "k"
    assert "QueueUrls" not in clients.client("sqs", ROLE).list_queues(QueueNamePrefix="none-of-this-name")


@pytest.mark.django_db
def test_credentials_are_the_settings_own() -> None:
    aws_targets.set_aws_target(settings.SCOPE, access_key_id="AK", secret_access_key="SK", region_name="eu-west-3")
    found = AwsClients(settings.SCOPE).credentials("es")
    assert (found.access_key, found.secret_key) == ("AK", "SK")
    assert AwsClients(settings.SCOPE).region("es") == "eu-west-3"
