"""The queue in small, asked by boto3."""

import asyncio
from typing import Any

import boto3

from iot.management.bench.queue import serve
from tests.running_broker import free_port


async def test_it_takes_batches_from_boto3_and_tells_their_bodies() -> None:
    port, heard = free_port(), list[list[str]]()
    client: Any = boto3.client(
        "sqs",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="k",
        aws_secret_access_key="s",
    )
    entries = [{"Id": str(number), "MessageBody": f"body {number}"} for number in range(3)]
    async with serve(port, heard.append):
        for _ in range(2):
            answer = await asyncio.to_thread(
                client.send_message_batch, QueueUrl=f"http://127.0.0.1:{port}/1/q", Entries=entries
            )
            assert [one["Id"] for one in answer["Successful"]] == ["0", "1", "2"]
    assert heard == [["body 0", "body 1", "body 2"]] * 2
    client.close()
