"""AWS's services down, slow, failing, throttling and refusing.

What fails is tried again, given up with an error action, and still there for a retry by hand when they are back.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from django.conf import settings

from iot.models import RuleFailure
from iot.rules import aws
from iot.rules.performer import Performer
from iot.rules.retrying import Retrying
from iot.rules.rule import Rule
from iot.rules.targets import Targets
from iot.services import aws_targets, rule_failures
from iot.services.call import call
from tests.rules.listening import listening
from tests.rules.running import ACCOUNT, REGION, ROLE, Arrived, Posts, environment, fire, message, rule, until
from tests.running_broker import free_port

pytestmark = pytest.mark.django_db(transaction=True)

DAY = 24 * 3600
ERROR_XML = b"<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>no</Message></Error></ErrorResponse>"


@dataclass(frozen=True)
class Service:
    """An action with `parameters`, and how its service throttles and succeeds."""

    action: str
    title: str
    parameters: dict[str, Any]
    throttled: bytes
    status: int = 400
    answer: dict[str, Any] = field(default_factory=dict)
    success: int = 200

    @property
    def code(self) -> str:
        return self.throttled.decode()

    @property
    def in_xml(self) -> bool:
        return self.action in ("sns", "s3")


def arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"


SERVICES = [
    Service(
        "sqs",
        "SqsAction",
        {"queueUrl": "http://127.0.0.1:{port}/1/q"},
        b"RequestThrottled",
        answer={"Successful": [{"Id": "0", "MessageId": "1", "MD5OfMessageBody": "0"}]},
    ),
    Service("sns", "SnsAction", {"targetArn": arn("sns", "t")}, b"Throttling"),
    Service(
        "dynamoDB",
        "DynamoDBAction",
        {"tableName": "t", "hashKeyField": "k", "hashKeyValue": "v"},
        b"ProvisionedThroughputExceededException",
        answer={"UnprocessedItems": {}},
    ),
    Service("dynamoDBv2", "DynamoDBv2Action", {"putItem": {"tableName": "t"}}, b"ThrottlingException"),
    Service("s3", "S3Action", {"bucketName": "bucket", "key": "k"}, b"SlowDown", 503),
    Service(
        "kinesis",
        "KinesisAction",
        {"streamName": "s", "partitionKey": "p"},
        b"LimitExceededException",
        answer={"FailedRecordCount": 0, "Records": [{"SequenceNumber": "1", "ShardId": "1"}]},
    ),
    Service(
        "firehose",
        "FirehoseAction",
        {"deliveryStreamName": "s"},
        b"ServiceUnavailableException",
        503,
        answer={"FailedPutCount": 0, "RequestResponses": [{"RecordId": "1"}]},
    ),
    Service(
        "lambda",
        "LambdaAction",
        {"functionArn": arn("lambda", "function:f")},
        b"TooManyRequestsException",
        429,
        success=202,
    ),
]
REASONS = {"down": "EndpointConnectionError", "slow": "ReadTimeoutError", "failing": "InternalError"}


@contextlib.contextmanager
def trouble(kind: str, service: Service, port: int) -> Iterator[None]:
    """Let the service be in trouble at a port, of a kind."""
    if kind == "down":
        yield
    elif kind == "slow":
        with socket.create_server(("127.0.0.1", port)):  # it takes connections and never answers
            yield
    else:
        code, status = {"failing": (b"InternalError", 500), "refusing": (b"AccessDenied", 403)}.get(
            kind, (service.throttled, service.status)
        )
        with listening(port) as listener:
            listener.answers = [status]
            listener.body = ERROR_XML % code if service.in_xml else orjson.dumps({"__type": code.decode()})
            if service.action == "s3":
                listener.body = b"<Error><Code>%s</Code><Message>no</Message></Error>" % code
            # Nothing is to remain of the connections when the trouble is over.
            listener.headers = {"connection": "close", "x-amzn-errortype": code.decode()}
            yield


@pytest.fixture
def port(targets: Targets) -> int:
    """The port at which all of AWS's services should be."""
    found = free_port()
    aws_targets.set_aws_target(
        settings.SCOPE,
        endpoint_url=f"http://127.0.0.1:{found}",
        region_name=REGION,
        access_key_id="k",
        secret_access_key="s",
    )
    return found


@contextlib.asynccontextmanager
async def working(targets: Targets, given: Rule) -> AsyncIterator[tuple[Performer, Retrying]]:
    performer = Performer(settings.SCOPE, targets)
    running = asyncio.create_task(performer.run())
    try:
        yield performer, Retrying(settings.SCOPE, targets, performer, environment(), {given.name: given}.get)
    finally:
        running.cancel()
        performer.lanes.close()


def make_due(age: float = 0) -> None:
    now = time.time()
    RuleFailure.objects.update(next_at=now - 1, created_at=now - age)


def kept() -> list[RuleFailure]:
    return list(rule_failures.failures(settings.SCOPE))


def error_documents(posts: Posts) -> list[Any]:
    return [orjson.loads(one.payload) for one in posts.messages if one.topic == "errors/a"]


@pytest.mark.parametrize("kind", ["down", "slow", "failing", "throttling"])
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.action)
async def test_nothing_is_lost_while_a_service_is_in_trouble(
    service: Service, kind: str, port: int, targets: Targets, posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "slow":
        monkeypatch.setattr(aws, "READ_SECONDS", 0.1)
    given = rule_with(service, port)
    reason = REASONS.get(kind, service.code)
    of = message({"k": "v"})
    async with working(targets, given) as (performer, retrying):
        with trouble(kind, service, port):
            arrived = Arrived(of)
            performer.perform(given, fire(given, of), arrived.delivery)
            arrived.delivery.release()
            await arrived.wait()
            (row,) = await call(kept)
            assert row.next_at is not None
            assert (row.attempts, row.reason.partition(":")[0]) == (1, reason)

            await call(make_due)
            assert await retrying.work() == 1
            (row,) = await call(kept)
            assert row.next_at is not None
            assert (row.attempts, row.reason.partition(":")[0]) == (2, reason)
            assert error_documents(posts) == []

            await call(make_due, DAY + 1)
            assert await retrying.work() == 1
            (row,) = await call(kept)
            assert (row.attempts, row.next_at) == (3, None)
            await until(lambda: error_documents(posts), "the error action")
            ((failure,),) = [one["failures"] for one in error_documents(posts)]
            assert failure["failedAction"] == service.title
            assert failure["errorMessage"].startswith(reason)

        monkeypatch.undo()
        targets.aws.forget()
        await retry_when_it_is_back(service, port, retrying, row)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.action)
async def test_what_a_service_refuses_goes_to_the_error_action_at_once_and_is_kept(
    service: Service, port: int, targets: Targets, posts: Posts
) -> None:
    given = rule_with(service, port)
    of = message({"k": "v"})
    async with working(targets, given) as (performer, retrying):
        with trouble("refusing", service, port):
            arrived = Arrived(of)
            performer.perform(given, fire(given, of), arrived.delivery)
            arrived.delivery.release()
            await arrived.wait()
        (row,) = await call(kept)
        assert (row.attempts, row.next_at, row.reason.partition(":")[0]) == (1, None, "AccessDenied")
        ((failure,),) = [one["failures"] for one in error_documents(posts)]
        assert failure["failedAction"] == service.title
        await retry_when_it_is_back(service, port, retrying, row)


def rule_with(service: Service, port: int) -> Rule:
    """A rule with the service's action, and an error action that republishes."""
    parameters = {
        name: value.format(port=port) if isinstance(value, str) else value for name, value in service.parameters.items()
    }
    return rule(
        {service.action: {**parameters, "roleArn": ROLE}},
        error_action={"republish": {"topic": "errors/${topic(2)}", "roleArn": ROLE}},
    )


async def retry_when_it_is_back(service: Service, port: int, retrying: Retrying, row: RuleFailure) -> None:
    """Retry a dead letter by hand, and see that its request arrives and that nothing is kept."""
    with listening(port) as listener:
        listener.answers, listener.body = [service.success], _success(service)
        assert await call(rule_failures.retry, settings.SCOPE, failure_ids=[row.pk]) == 1
        assert await retrying.work() == 1
        assert await call(kept) == []
        assert len(listener.asked) == 1


def _success(service: Service) -> bytes:
    if service.action == "sns":
        return b"<PublishBatchResponse><PublishBatchResult/></PublishBatchResponse>"
    return b"" if service.in_xml else orjson.dumps(service.answer)
