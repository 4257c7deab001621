from typing import Any

import pytest

from iot.rules.targets import Targets
from tests.rules.running import ROLE, carry_out, message, requests


@pytest.fixture
def stream(aws: Any, request: pytest.FixtureRequest) -> str:
    """A delivery stream into a bucket, both named after the test."""
    name = str(request.node.name).replace("_", "-")[:50].strip("-")
    aws("s3").create_bucket(Bucket=name)
    aws("firehose").create_delivery_stream(
        DeliveryStreamName=name,
        S3DestinationConfiguration={"RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::{name}"},
    )
    return name


def made(name: str, of: Any, *, sql: str = "SELECT * FROM 'dt/#'", **more: Any) -> list[dict[str, Any]]:
    return requests({"firehose": {"deliveryStreamName": name, "roleArn": ROLE, **more}}, message(of), sql)


def delivered(client: Any, bucket: str) -> bytes:
    keys = [one["Key"] for one in client.list_objects_v2(Bucket=bucket)["Contents"]]
    return b"".join(client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in sorted(keys))


def test_records_arrive_with_the_separator(moto_targets: Targets, aws: Any, stream: str) -> None:
    wanted = [made(stream, {"n": number}, separator="\n")[0] for number in (1, 2)]
    assert carry_out(moto_targets, "firehose", wanted) == [None, None]
    assert delivered(aws("s3"), stream) == b'{"n":1}\n{"n":2}\n'


def test_batch_mode_makes_a_record_of_each_element(moto_targets: Targets, aws: Any, stream: str) -> None:
    sql = "SELECT VALUE list FROM 'dt/#'"
    wanted = made(stream, {"list": [1, {"a": 2}]}, sql=sql, separator=",", batchMode=True)
    assert [one["data"] for one in wanted] == [b"1,", b'{"a":2},']
    assert carry_out(moto_targets, "firehose", wanted) == [None, None]
    assert delivered(aws("s3"), stream) == b'1,{"a":2},'


def test_a_stream_that_does_not_exist_is_final(moto_targets: Targets) -> None:
    (failed,) = carry_out(moto_targets, "firehose", made("nowhere", {"t": 1}))
    assert failed is not None
    assert failed.final
