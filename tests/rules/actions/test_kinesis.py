from typing import Any

import pytest

from iot.rules.action import ActionError
from iot.rules.targets import Targets
from tests.rules.running import ROLE, carry_out, message, requests


def made(stream: str, of: Any, **more: Any) -> list[dict[str, Any]]:
    return requests({"kinesis": {"streamName": stream, "roleArn": ROLE, **more}}, message(of))


def records(client: Any, stream: str) -> list[tuple[bytes, str]]:
    shard = client.describe_stream(StreamName=stream)["StreamDescription"]["Shards"][0]["ShardId"]
    at = client.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    return [(one["Data"], one["PartitionKey"]) for one in client.get_records(ShardIterator=at)["Records"]]


def test_many_records_go_out_in_one_call_and_in_order(moto_targets: Targets, aws: Any) -> None:
    aws("kinesis").create_stream(StreamName="ordered", ShardCount=1)
    wanted = [made("ordered", {"n": number}, partitionKey="${topic(2)}")[0] for number in range(60)]
    assert carry_out(moto_targets, "kinesis", wanted) == [None] * 60
    assert records(aws("kinesis"), "ordered") == [(f'{{"n":{number}}}'.encode(), "a") for number in range(60)]


def test_without_a_partition_key_each_record_has_one_of_its_own() -> None:
    keys = {made("s", {"t": 1})[0]["key"] for _ in range(5)}
    assert len(keys) == 5


def test_an_empty_partition_key_is_refused() -> None:
    with pytest.raises(ActionError, match="partition key"):
        made("s", {"t": 1}, partitionKey="${missing}")


def test_a_stream_that_does_not_exist_is_final(moto_targets: Targets) -> None:
    (failed,) = carry_out(moto_targets, "kinesis", made("nowhere", {"t": 1}))
    assert failed is not None
    assert failed.final
