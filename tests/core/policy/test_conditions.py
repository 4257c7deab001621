"""Conditions: operators, set forms, IfExists."""

from typing import Any

import pytest

from iot.core.policy.conditions import compile_conditions
from iot.core.policy.variables import make_context

CONTEXT = make_context(
    client_id="c1",
    source_ip="192.0.2.7",
    connect_attributes=["LastWill"],
    last_will_topic="arn:aws:iot:us-east-1:123456789012:topic/will/c1",
    extra={
        "number": "5.0",
        "date": "2020-01-01T00:00:00Z",
        "flag": "True",
        "text": "abc",
        "star": "a*?",
        "words": ("a", "b"),
        "none": (),
    },
)


def holds(operator: str, key: str, wanted: Any) -> bool:
    return all(condition.holds(CONTEXT) for condition in compile_conditions({operator: {key: wanted}}))


@pytest.mark.parametrize(
    ("operator", "key", "wanted", "expected"),
    [
        ("StringEquals", "text", "abc", True),
        ("StringEquals", "text", ["x", "abc"], True),
        ("StringEquals", "text", "ABC", False),
        ("StringEquals", "text", "a*", False),
        ("StringEquals", "text", "${iot:ClientId}", False),
        ("StringEquals", "iot:ClientId", "${iot:ClientId}", True),
        ("StringEquals", "text", "${missing}", False),
        ("StringEquals", "text", ["${missing}", "abc"], True),
        ("StringNotEquals", "text", "${missing}", False),
        ("ForAllValues:StringNotLike", "words", ["x", "${missing}"], False),
        ("StringEquals", "star", "a*${?}", True),
        ("StringEquals", "star", "a${*}?", True),
        ("StringLike", "star", "a${*}${?}", True),
        ("StringLike", "text", "a${*}", False),
        ("StringNotEquals", "text", ["x", "y"], True),
        ("StringNotEquals", "text", ["x", "abc"], False),
        ("StringEqualsIgnoreCase", "text", "ABC", True),
        ("StringNotEqualsIgnoreCase", "text", "ABC", False),
        ("StringLike", "text", "a?c", True),
        ("StringLike", "text", "b*", False),
        ("StringNotLike", "text", "b*", True),
        ("Bool", "flag", True, True),
        ("Bool", "flag", "false", False),
        ("BinaryEquals", "text", "abc", True),
        ("NumericEquals", "number", 5, True),
        ("NumericNotEquals", "number", "5", False),
        ("NumericLessThan", "number", "5.5", True),
        ("NumericLessThanEquals", "number", "5", True),
        ("NumericGreaterThan", "number", "5", False),
        ("NumericGreaterThanEquals", "number", "5", True),
        ("NumericEquals", "text", "5", False),
        ("NumericEquals", "number", "x", False),
        ("DateEquals", "date", "2020-01-01T01:00:00+01:00", True),
        ("DateLessThan", "date", "2020-01-02", True),
        ("DateGreaterThan", "date", "0", True),
        ("DateNotEquals", "date", "2020-01-01T00:00:00Z", False),
        ("DateEquals", "date", "soon", False),
        ("IpAddress", "aws:SourceIp", "192.0.2.0/24", True),
        ("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "2001:db8::/32"], False),
        ("IpAddress", "text", "192.0.2.0/24", False),
        ("NotIpAddress", "aws:SourceIp", "192.0.2.7", False),
        ("ArnEquals", "iot:LastWillTopic", "arn:aws:iot:*:*:topic/will/*", True),
        ("ArnLike", "iot:LastWillTopic", "arn:aws:iot:us-east-1:123456789012:topic/will/${iot:ClientId}", True),
        ("ArnLike", "iot:LastWillTopic", "arn:aws:*:topic/will/c1", False),
        ("ArnNotLike", "iot:LastWillTopic", "arn:aws:iot:*:*:topic/other", True),
        ("ArnNotEquals", "iot:LastWillTopic", "arn:aws:iot:*:*:topic/will/*", False),
        ("Null", "text", "false", True),
        ("Null", "missing", True, True),
        ("Null", "missing", "false", False),
        ("StringEquals", "missing", "x", False),
        ("StringNotEquals", "missing", "x", True),
        ("StringEqualsIfExists", "missing", "x", True),
        ("StringEqualsIfExists", "text", "x", False),
        ("StringEquals", "words", "b", True),
        ("StringNotEquals", "words", "b", False),
        ("ForAllValues:StringEquals", "words", ["a", "b", "c"], True),
        ("ForAllValues:StringEquals", "words", ["a"], False),
        ("ForAllValues:StringEquals", "missing", ["a"], True),
        ("ForAllValues:StringEquals", "none", [], True),
        ("ForAllValues:StringNotEquals", "words", ["c"], True),
        ("ForAnyValue:StringEquals", "words", ["b"], True),
        ("ForAnyValue:StringEquals", "missing", ["b"], False),
        ("ForAnyValue:StringLike", "iot:ConnectAttributes", ["Last*"], True),
        ("StringMatches", "text", "abc", False),
        ("StringNotEqualsIfExists", "missing", "x", True),
    ],
)
def test_an_operator_holds(operator: str, key: str, wanted: Any, expected: bool) -> None:
    assert holds(operator, key, wanted) is expected


def test_keys_are_joined_by_and_and_tell_which_variables_they_ask_for() -> None:
    found = compile_conditions({"StringEquals": {"text": "${iot:ClientId}", "flag": "True"}, "Null": {"x": "true"}})
    assert [list(condition.variables) for condition in found] == [["text", "iot:ClientId"], ["flag"], ["x"]]
    assert [condition.holds(CONTEXT) for condition in found] == [False, True, True]
