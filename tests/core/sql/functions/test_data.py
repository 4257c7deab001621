"""Functions on arrays, objects and absent values, and those that ask services."""

from typing import Any

import pytest

from iot.core.sql.environment import NoPorts
from iot.core.sql.values import UNDEFINED, FunctionFailed
from tests.core.sql.running import STANDARD, value

U = UNDEFINED


class Echo(NoPorts):
    """Answers every question with its own arguments."""

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: [name, *arguments]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("get(arr, 1)", 2),
        ("get(arr, '1.9')", 2),
        ("get(arr, 3)", U),
        ("get(arr, -1)", U),
        ("get(arr, n)", U),
        ("get(arr, 'x')", U),
        ("get('abc', 0)", "a"),
        ("get(obj, 'k')", 1),
        ("get(obj, 'x')", U),
        ("get(obj, 1)", U),
        ("get(i, 0)", U),
        ("get(arr)", U),
        ("get(*, 'k-1')", 2),
        ("isNull(n)", True),
        ("isNull(missing)", False),
        ("isNull()", U),
        ("isUndefined(missing)", True),
        ("isUndefined(n)", False),
        ("isUndefined(1, 2)", U),
        ("transform('enrichArray', obj, [{'a': 1}, 2])", [{"a": 1, "k": 1}, 2]),
        ("transform('enrichArray', obj, i)", U),
        ("transform('enrichArray', arr, arr)", U),
        ("transform('other', obj, arr)", U),
        ("transform('enrichArray', obj)", U),
    ],
)
def test_an_example(expression: str, expected: Any) -> None:
    assert value(expression, {**STANDARD, "k-1": 2}) == expected


@pytest.mark.parametrize(
    ("expression", "asked"),
    [
        ("get_thing_shadow('t', 'role')", ["get_thing_shadow", "t", ""]),
        ("get_thing_shadow('t', 's', 'role')", ["get_thing_shadow", "t", "s"]),
        ("get_registry_data('DescribeThing', 't', 'role')", ["get_registry_data", "DescribeThing", "t"]),
        ("get_dynamodb('table', 'pk', 'v', 'role')", ["get_dynamodb", "table", {"pk": "v"}, "role"]),
        ("get_dynamodb('t', 'pk', 'v', 'sk', 2, 'role')", ["get_dynamodb", "t", {"pk": "v", "sk": 2}, "role"]),
        ("aws_lambda('arn', obj)", ["aws_lambda", "arn", {"k": 1}]),
        ("get_secret('id', 'SecretString', 'role')", ["get_secret", "id", "SecretString", None, "role"]),
        ("get_secret('id', 'SecretString', 'key', 'role')", ["get_secret", "id", "SecretString", "key", "role"]),
        ("machinelearning_predict('m', 'role', obj)", ["machinelearning_predict", "m", "role", {"k": 1}]),
    ],
)
def test_services_are_asked_through_the_ports(expression: str, asked: list[Any]) -> None:
    assert value(expression, ports=Echo()) == asked


def test_a_function_gets_the_payload_as_json() -> None:
    assert value("aws_lambda('arn', *)", {"a": 1}, ports=Echo()) == ["aws_lambda", "arn", {"a": 1}]


@pytest.mark.parametrize(
    "expression",
    [
        "get_thing_shadow('t')",
        "get_thing_shadow('t', n)",
        "get_registry_data('DescribeThing', 't')",
        "get_registry_data('DescribeThing', missing, 'role')",
        "get_dynamodb('table', 'pk', 'role')",
        "get_dynamodb('table', 'pk', missing, 'role')",
        "get_dynamodb('table', obj, 1, 'role')",
        "aws_lambda('arn')",
        "aws_lambda(i, obj)",
        "aws_lambda('arn', *)",
        "aws_lambda('arn', missing)",
        "get_secret('id', 'SecretString')",
        "get_secret('id', 'SecretString', i)",
        "machinelearning_predict('m', 'role')",
    ],
)
def test_a_question_that_cannot_be_asked_fails_the_rule(expression: str) -> None:
    payload: Any = b"\xde\xad" if "*" in expression else {"i": 5, "n": None, "obj": {"k": 1}}
    with pytest.raises(FunctionFailed):
        value(expression, payload, ports=Echo())
