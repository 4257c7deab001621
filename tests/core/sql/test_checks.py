"""What may be called where."""

import pytest

from iot.core import errors
from iot.core.sql.checks import check_calls
from iot.core.sql.lexer import parse_error
from iot.core.sql.parser import parse

NEW = "2016-03-23"
OLD = "2015-10-08"
PROTO = "decode(a, 'proto', 'b', 'k', 'f', 'm')"


def check(sql: str, version: str = NEW, *, in_template: bool = False) -> None:
    check_calls(
        parse(sql, version),
        version,
        lambda position, message: parse_error(sql, position, message),
        in_template=in_template,
    )


@pytest.mark.parametrize(
    ("sql", "version", "part", "column"),
    [
        ("SELECT nope(1)", NEW, "Unknown function 'nope'", 8),
        ("SELECT a WHERE indexof('a', 'b') = 1", OLD, "indexof needs SQL version", 16),
        ("SELECT get_or_default(a)", OLD, "get_or_default needs SQL version", 8),
        ("SELECT get_or_default(a, upper(aws_lambda('arn', a)))", NEW, "must not call a service", 8),
        (f"SELECT get_or_default(a, {PROTO})", NEW, "must not call a service", 8),
        ("SELECT get_or_default(a, nope())", NEW, "Unknown function 'nope'", 26),
        ("SELECT get_registry_data('a','b','c'), get_registry_data('a','b','c') AS d", NEW, "at most 1 times", 40),
        (f"SELECT {PROTO}, {PROTO}, {PROTO}", NEW, "at most 2 times", 88),
        ("SET @m = 'enrichArray' SELECT transform(@m, a, b)", NEW, "role or a mode of transform", 31),
        ("SET @r = 'role' SELECT get_thing_shadow('t', @r)", NEW, "role or a mode of get_thing_shadow", 24),
    ],
)
def test_a_call_that_cannot_be_made_is_refused_with_its_place(sql: str, version: str, part: str, column: int) -> None:
    with pytest.raises(errors.SqlParseException, match=part) as caught:
        check(sql, version)
    assert caught.value.members == {"line": 1, "column": column}


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT {PROTO}, {PROTO} AS b, decode(a, 'base64') AS c, decode(a, 'base64') AS d, decode(a) AS e",
        "SELECT get_or_default(aws_lambda('arn', a), decode('', 'base64'))",
        "SET @t = 'thing' SELECT get_thing_shadow(@t, 'role'), get_thing_shadow() AS b",
        "SELECT cast(get_dynamodb('t', 'k', a, 'role') AS String) WHERE exists (SELECT * FROM b WHERE upper(c) = 'D')",
    ],
)
def test_other_calls_may_be_made(sql: str) -> None:
    check(sql)


def test_a_template_does_not_decode_protobuf() -> None:
    check("SELECT decode(a, 'base64')", in_template=True)
    with pytest.raises(errors.SqlParseException, match="cannot decode protobuf"):
        check(f"SELECT {PROTO}", in_template=True)
