"""What AWS demands of actions beyond its model."""

from typing import Any

import pytest

from iot.core import errors
from iot.core.sql import compile_statement
from iot.services.action_checks import check

STATEMENT = compile_statement("SELECT * FROM 'in/#'", "2016-03-23")
URL = "https://example.com"


def refused(action: dict[str, Any], *, is_error_action: bool = False) -> bool:
    try:
        check(action, STATEMENT, is_error_action=is_error_action)
    except (errors.InvalidRequestException, errors.SqlParseException):
        return True
    return False


def sitewise(entry: dict[str, Any], value: dict[str, str]) -> dict[str, Any]:
    values = [{"value": value, "timestamp": {"timeInSeconds": "1"}}]
    return {"iotSiteWise": {"putAssetPropertyValueEntries": [{**entry, "propertyValues": values}]}}


@pytest.mark.parametrize(
    "action",
    [
        {},
        {"republish": {"topic": "a"}, "lambda": {"functionArn": "f"}},
        {"sqs": {"queueUrl": "https://q/${nothing("}},
        {"republish": {"topic": "in/a"}},
        {"republish": {"topic": "out/+"}},
        {"republish": {"topic": "$$aws/things/x/jobs/get"}},
        {"republish": {"topic": "in/${topic(2)}"}},
        {"republish": {"topic": "$$SYS/x"}},
        {"republish": {"topic": "1/2/3/4/5/6/7/8/9"}},
        {"http": {"url": "https://${topic(2)}.example.com"}},
        {"http": {"url": URL, "confirmationUrl": f"{URL}/confirm"}},
        {"http": {"url": "ftp://example.com"}},
        {"http": {"url": "https://[2001:db8::1]/x"}},
        {"http": {"url": URL, "headers": [{"key": "ä" * 129, "value": "v"}]}},
        {"http": {"url": URL, "batchConfig": {"maxBatchSize": 5}}},
        {"timestream": {"dimensions": [{"name": "time", "value": "v"}]}},
        {"timestream": {"dimensions": [{"name": "ts_x", "value": "v"}]}},
        {"timestream": {"dimensions": [{"name": "measure_value::double", "value": "v"}]}},
        {"timestream": {"dimensions": [{"name": "a:b", "value": "v"}]}},
        sitewise({}, {"stringValue": "s"}),
        sitewise({"assetId": "a"}, {"stringValue": "s"}),
        sitewise({"propertyAlias": "/a", "assetId": "a", "propertyId": "p"}, {"stringValue": "s"}),
        sitewise({"propertyAlias": "/a"}, {"stringValue": "s", "integerValue": "1"}),
        {"iotEvents": {"inputName": "i", "batchMode": True, "messageId": "m"}},
    ],
)
def test_what_aws_refuses_is_refused(action: dict[str, Any]) -> None:
    assert refused(action)


@pytest.mark.parametrize(
    "action",
    [
        {"republish": {"topic": "out"}},
        {"republish": {"topic": "$$aws/things/x/shadow/update"}},
        {"republish": {"topic": "out/${topic(2)}"}},
        {"republish": {"topic": "${topic()}"}},
        {"http": {"url": f"{URL}/${{topic(2)}}?a=1", "confirmationUrl": URL}},
        {"http": {"url": URL, "enableBatching": True, "batchConfig": {"maxBatchSize": 5}}},
        {"timestream": {"dimensions": [{"name": "device", "value": "${topic(2)}"}]}},
        sitewise({"propertyAlias": "/a"}, {"stringValue": "s"}),
        sitewise({"assetId": "a", "propertyId": "p"}, {"stringValue": "s"}),
        {"iotEvents": {"inputName": "i", "batchMode": True}},
    ],
)
def test_what_aws_takes_is_taken(action: dict[str, Any]) -> None:
    assert not refused(action)


def test_an_error_action_does_not_batch() -> None:
    assert refused({"http": {"url": URL, "enableBatching": True}}, is_error_action=True)
    assert not refused({"http": {"url": URL}}, is_error_action=True)


def test_a_rule_may_not_feed_itself_but_its_error_action_may() -> None:
    for topic in ("in/a", "in", "in/${clientid()}"):
        with pytest.raises(errors.InvalidRequestException, match=r"within topic space of rule's topic pattern 'in/#'"):
            check({"republish": {"topic": topic}}, STATEMENT)
        check({"republish": {"topic": topic}}, STATEMENT, is_error_action=True)
