"""Text to tree: precedence, the forms of SELECT, and errors that say where and what was expected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core import errors
from iot.core.sql.nodes import (
    Array,
    Binary,
    Call,
    Case,
    Cast,
    Exists,
    Item,
    Literal,
    Member,
    Name,
    Negative,
    Nested,
    Node,
    Not,
    Object,
    Query,
    Select,
    Star,
    Variable,
)
from iot.core.sql.parser import MAXIMUM_DEPTH, OLD_VERSION, parse, parse_expression
from tests.vectors import load

NEW = "2016-03-23"
TEXT = (
    "SELECT VALUE FROM WHERE SET AS AND OR NOT IN EXISTS CASE WHEN THEN ELSE END NULL true cast Int get get_or_default"
    " ( ) [ ] { } , . : * = <> < <= > >= + - / % 'a/b' 'x' 1 2.5 a b @v topic"
)


def shape(node: Node) -> str:
    """Write an expression with all its parentheses."""
    match node:
        case Binary(operator, left, right):
            return f"({shape(left)} {operator} {shape(right)})"
        case Not(inner):
            return f"(NOT {shape(inner)})"
        case Negative(inner):
            return f"(-{shape(inner)})"
        case Member(target, name):
            return f"{shape(target)}.{name}"
        case Literal(value):
            return repr(value)
        case Name(name):
            return name
        case _:
            return type(node).__name__


def expression(text: str) -> Node:
    return parse_expression(text, NEW)


def items(text: str) -> tuple[Item, ...]:
    return parse(f"SELECT {text} FROM 'a/b'", NEW).select.items


def refusal(text: str, version: str = NEW) -> errors.SqlParseException:
    with pytest.raises(errors.SqlParseException) as caught:
        parse(text, version)
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a OR b AND c", "(a OR (b AND c))"),
        ("a AND b OR c", "((a AND b) OR c)"),
        ("NOT a = b AND c", "((NOT (a = b)) AND c)"),
        ("NOT NOT a", "(NOT (NOT a))"),
        ("a + b * c - d", "((a + (b * c)) - d)"),
        ("a - b - c", "((a - b) - c)"),
        ("a * b % c / d", "(((a * b) % c) / d)"),
        ("(a + b) * c", "((a + b) * c)"),
        ("a < b + 1", "(a < (b + 1))"),
        ("a = b <> c", "((a = b) <> c)"),
        ("a IN b OR c", "((a IN b) OR c)"),
        ("-a.b * 2", "((-a.b) * 2)"),
        ("- -2", "2"),
        ("-+5", "-5"),
        ("+a", "a"),
        ("-true", "(-True)"),
        ("a.select.from", "a.select.from"),
        ("f(a).b", "Call.b"),
    ],
)
def test_operators_bind_as_in_sql(text: str, expected: str) -> None:
    assert shape(expression(text)) == expected


def test_a_statement_has_assignments_items_a_filter_and_a_condition() -> None:
    query = parse("set @a = 1, @b = @a SELECT *, c AS d.e from 'x/+' where @b", NEW)
    assert query == Query(
        assignments=(("@a", Literal(1, 9)), ("@b", Variable("@a", 17))),
        select=Select((Item(Star(27), (), spread=True), Item(Name("c", 30), ("d", "e"))), None),
        topic_filter="x/+",
        where=Variable("@b", 56),
    )


def test_from_and_where_may_be_missing() -> None:
    query = parse("SELECT a", NEW)
    assert (query.topic_filter, query.where, query.assignments) == (None, None, ())


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("a", "a"),
        ("a.b", "b"),
        ("topic(1)", "topic"),
        ("cast(a.b AS Int)", "b"),
        ("a + 1", "value"),
        ("'x'", "value"),
    ],
)
def test_an_item_without_an_alias_gets_the_key_of_its_last_name(text: str, key: str) -> None:
    assert items(text)[0].path == (key,)


def test_a_variable_without_an_alias_gives_its_name_as_the_key() -> None:
    assert parse("SET @v = 1 SELECT @v", NEW).select.items[0].path == ("v",)


def test_an_object_literal_without_an_alias_spreads_its_keys() -> None:
    item = items("{'a': 1, b: 2}")[0]
    assert item.spread
    assert item.value == Object((("a", Literal(1, 13)), ("b", Literal(2, 19))), 7)
    assert not items("{'a': 1} AS o")[0].spread


@pytest.mark.parametrize(
    "text", ["VALUE a", "VALUE *", "VALUE (a)", "VALUE [1]", "VALUE {'a': 1}", "value -1", "VALUE 'x'"]
)
def test_select_value_takes_one_expression(text: str) -> None:
    select = parse(f"SELECT {text} FROM 'a/b'", NEW).select
    assert select.value is not None
    assert select.items == ()


@pytest.mark.parametrize(
    "text", ["value", "value, b", "value AS v", "value + 1", "value * 2", "value.a", "VALUE WHERE a"]
)
def test_value_can_also_be_the_name_of_a_key(text: str) -> None:
    select = parse(f"SELECT {text}", NEW).select
    assert select.value is None
    assert len(select.items) == 1 + text.count(",")


def test_star_is_a_product_where_operands_stand_around_it() -> None:
    assert shape(items("a * b")[0].value) == "(a * b)"
    assert items("*")[0] == Item(Star(7), (), spread=True)


def test_calls_casts_and_literals() -> None:
    assert expression("Encode(*, 'base64')") == Call("encode", (Star(7), Literal("base64", 10)), 0)
    assert expression("newuuid()") == Call("newuuid", (), 0)
    assert expression("CAST(a AS nVarchar)") == Cast(Name("a", 5), "string", 0)
    assert expression("[1, TRUE, null]") == Array((Literal(1, 1), Literal(True, 4), Literal(None, 10)), 0)
    assert expression("[]") == Array((), 0)
    assert expression("{}") == Object((), 0)
    assert expression("{'a': 1,}") == Object((("a", Literal(1, 6)),), 0)


def test_case_needs_a_value_and_branches() -> None:
    assert expression("CASE a WHEN 1 THEN 'x' ELSE b END") == Case(
        Name("a", 5), ((Literal(1, 12), Literal("x", 19)),), Name("b", 28), 0
    )
    assert expression("CASE a WHEN 1 THEN 2 END") == Case(Name("a", 5), ((Literal(1, 12), Literal(2, 19)),), None, 0)


@pytest.mark.parametrize("text", ["case", "case, a", "case.a", "case AS c"])
def test_case_can_also_be_the_name_of_a_key(text: str) -> None:
    assert "case" in shape(items(text)[0].value)


def test_a_nested_select_stands_in_parentheses_or_after_exists() -> None:
    nested = Nested(
        Select((Item(Name("n", 8), ("n",)),), None),
        Member(Name("e", 15), "f", 16),
        "x",
        Binary("=", Name("n", 30), Literal(1, 34), 32),
        0,
    )
    assert expression("(SELECT n FROM e.f AS x WHERE n = 1)") == nested
    exists = expression("EXISTS (SELECT * FROM e)")
    assert exists == Exists(Nested(Select((Item(Star(15), (), spread=True),), None), Name("e", 22), None, None, 0), 0)


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [
        ("", 1, "Expected SELECT, found the end"),
        ("SELECT", 7, "an expression"),
        ("SELECT a FROM b", 15, "a topic filter in quotes"),
        ("SELECT a FROM 'a/#/b'", 15, "wildcard"),
        ("SELECT a b", 10, "the end of the statement, found 'b'"),
        ("SELECT a AS from", 13, "a name after AS"),
        ("SELECT a AS b.1", 15, "a name"),
        ("SELECT * AS b", 8, "alias"),
        ("SELECT a,", 10, "an expression"),
        ("SELECT (a", 10, "')'"),
        ("SELECT f(a", 11, "')'"),
        ("SELECT [a", 10, "']'"),
        ("SELECT {'a' 1}", 13, "':'"),
        ("SELECT {1: 1}", 9, "a key in quotes"),
        ("SELECT cast(a AS Date)", 18, "the name of a type"),
        ("SELECT cast(a, Int)", 14, "AS"),
        ("SELECT CASE a END", 15, "WHEN"),
        ("SELECT CASE a WHEN 1 END", 22, "THEN"),
        ("SELECT CASE WHEN 1 THEN 2 END", 13, "the end"),
        ("SELECT a WHERE b == 1", 18, "write ="),
        ("SELECT a WHERE b LIKE 'x'", 18, "the end"),
        ("SELECT a WHERE b IS NULL", 18, "the end"),
        ("SELECT a.'b'", 10, "the name of a member"),
        ("SELECT @v", 8, "not assigned"),
        ("SET v = 1 SELECT a", 5, "a variable"),
        ("SET @v 1 SELECT a", 8, "'='"),
        ("SET @v = 1, @v = 2 SELECT a", 13, "assigned twice"),
        ("SET @v = 1 SET @w = 2 SELECT a", 12, "SELECT"),
        ("SELECT a SET @v = 1", 10, "the end"),
        ("SELECT EXISTS (a)", 16, "SELECT"),
        ("SELECT (SELECT a)", 17, "FROM"),
        ("SELECT (SELECT a FROM b AS 1)", 28, "an alias"),
    ],
)
def test_an_error_says_where_and_what_was_expected(text: str, column: int, part: str) -> None:
    error = refusal(text)
    assert (error.members["line"], error.members["column"]) == (1, column)
    assert part in error.message


def test_variables_are_limited_in_number_and_length() -> None:
    many = ", ".join(f"@v{number} = 1" for number in range(11))
    assert "at most 10" in refusal(f"SET {many} SELECT a").message
    assert "at most 64" in refusal(f"SET @{'x' * 65} = 1 SELECT a").message
    assert len(parse(f"SET @{'x' * 64} = 1 SELECT a", NEW).assignments) == 1


@pytest.mark.parametrize("text", ["[1]", "{'a': 1}", "(SELECT a FROM b)", "cast(a AS Decimal)", "cast(a AS Bool)"])
def test_the_old_version_lacks_what_2016_added(text: str) -> None:
    parse(f"SELECT {text} AS r", NEW)
    assert "2016-03-23" in refusal(f"SELECT {text} AS r", OLD_VERSION).message
    parse("SELECT cast(a AS Double), VALUE", OLD_VERSION)


def test_an_unknown_version_is_refused() -> None:
    assert "Unknown SQL version" in refusal("SELECT a", "2020-01-01").message


@pytest.mark.parametrize(
    "text",
    [
        "(" * (MAXIMUM_DEPTH + 1) + "a" + ")" * (MAXIMUM_DEPTH + 1),
        "NOT " * (MAXIMUM_DEPTH + 1) + "a",
        " + ".join(["a"] * 2000),
        " AND ".join(["a"] * 2000),
    ],
)
def test_what_is_too_deep_or_too_long_is_refused(text: str) -> None:
    assert refusal(f"SELECT {text}").members.keys() == {"line", "column"}


def test_a_template_knows_the_statements_variables() -> None:
    assert parse_expression("@v.a", NEW, frozenset({"@v"})) == Member(Variable("@v", 0), "a", 2)
    with pytest.raises(errors.SqlParseException):
        parse_expression("a b", NEW)


def test_every_shared_statement_is_parsed_or_refused_as_expected() -> None:
    for case in load("rule-sql"):
        try:
            parse(case["sql"], case.get("sql_version", NEW))
        except errors.SqlParseException:
            assert "error" in case["expect"], case["id"]


@given(st.lists(st.sampled_from(TEXT.split(" ")), max_size=25), st.sampled_from([NEW, OLD_VERSION]))
def test_any_sequence_of_words_is_a_statement_or_a_parse_error(words: list[str], version: str) -> None:
    try:
        parse("SELECT " + " ".join(words), version)
    except errors.SqlParseException as error:
        column = error.members["column"]
        assert isinstance(column, int)
