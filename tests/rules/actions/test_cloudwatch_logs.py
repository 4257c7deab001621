import time
from typing import Any

import orjson
import pytest

from iot.rules.action import ActionError
from iot.rules.targets import Targets
from tests.rules.listening import Listener
from tests.rules.running import ROLE, carry_out, message, requests


def made(group: str, of: Any, *, sql: str = "SELECT * FROM 'dt/#'", **more: Any) -> list[dict[str, Any]]:
    return requests({"cloudwatchLogs": {"logGroupName": group, "roleArn": ROLE, **more}}, message(of), sql)


def written(client: Any, group: str) -> list[str]:
    return [one["message"] for one in client.get_log_events(logGroupName=group, logStreamName="tested")["events"]]


def test_the_stream_is_made_when_it_is_needed(moto_targets: Targets, aws: Any) -> None:
    aws("logs").create_log_group(logGroupName="plain")
    assert carry_out(moto_targets, "cloudwatchLogs", made("plain", {"t": 1})) == [None]
    assert carry_out(moto_targets, "cloudwatchLogs", made("plain", {"t": 2})) == [None]
    assert written(aws("logs"), "plain") == ['{"t":1}', '{"t":2}']


def test_batch_mode_takes_the_time_and_text_of_each_element(moto_targets: Targets, aws: Any) -> None:
    aws("logs").create_log_group(logGroupName="batch")
    now = int(time.time() * 1000)
    elements = [{"timestamp": now, "message": "second"}, {"timestamp": now - 5, "message": {"first": 1}}, 3]
    wanted = made("batch", {"list": elements}, sql="SELECT VALUE list FROM 'dt/#'", batchMode=True)
    assert carry_out(moto_targets, "cloudwatchLogs", wanted) == [None] * 3
    assert written(aws("logs"), "batch") == ['{"first":1}', "second", "3"]


def test_records_that_cloudwatch_leaves_out_have_failed(listening_targets: Targets, listener: Listener) -> None:
    told = {"tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 0, "tooNewLogEventStartIndex": 2}
    listener.body = orjson.dumps({"rejectedLogEventsInfo": told})
    elements = [{"timestamp": at, "message": "m"} for at in (3000, 1000, 2000)]
    wanted = made("g", {"list": elements}, sql="SELECT VALUE list FROM 'dt/#'", batchMode=True)
    new, old, good = carry_out(listening_targets, "cloudwatchLogs", wanted)
    assert good is None
    assert [one is not None and one.final for one in (new, old)] == [True, True]


def test_a_record_needs_a_number_for_its_time() -> None:
    for at in ("now", True, None):
        elements = [{"timestamp": at, "message": "m"}]
        with pytest.raises(ActionError, match="number of milliseconds"):
            made("g", {"list": elements}, sql="SELECT VALUE list FROM 'dt/#'", batchMode=True)


def test_it_takes_no_binary() -> None:
    with pytest.raises(ActionError, match="not text"):
        made("g", b"\xff")


def test_a_group_that_does_not_exist_is_final(moto_targets: Targets) -> None:
    (failed,) = carry_out(moto_targets, "cloudwatchLogs", made("nowhere", {"t": 1}))
    assert failed is not None
    assert failed.final
