"""Rules SQL, tokens to tree: recursive descent, one method a level of precedence.

OR binds loosest, then AND, NOT, comparisons and IN, addition, multiplication, the sign, and `.member` tightest.
Whatever is wrong is a SqlParseException that says where and what was expected.
"""

from collections.abc import Callable
from typing import NoReturn

from iot.core import errors
from iot.core.sql.lexer import Kind, Token, parse_error, tokenize
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
from iot.core.topic import validate_filter

OLD_VERSION = "2015-10-08"
VERSIONS = (OLD_VERSION, "2016-03-23", "beta")
MAXIMUM_DEPTH = 64
MAXIMUM_VARIABLES = 10
MAXIMUM_VARIABLE_NAME = 64
CAST_TYPES = {
    "STRING": "string",
    "NVARCHAR": "string",
    "TEXT": "string",
    "NTEXT": "string",
    "VARCHAR": "string",
    "INT": "int",
    "INTEGER": "int",
    "DOUBLE": "decimal",
    "DECIMAL": "decimal",
    "BOOL": "boolean",
    "BOOLEAN": "boolean",
}
_NEW_CASTS = ("DECIMAL", "BOOL", "BOOLEAN")
_RESERVED = frozenset({"FROM", "WHERE", "AS", "AND", "OR", "IN", "WHEN", "THEN", "ELSE", "END", "SELECT", "SET"})
_LITERALS = {"TRUE": True, "FALSE": False, "NULL": None}
_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")


def parse(text: str, version: str) -> Query:
    """Parse a statement. Raises SqlParseException."""
    return _Parser(text, version).query()


def parse_expression(text: str, version: str, variables: frozenset[str] = frozenset()) -> Node:
    """Parse one expression, as it stands in a substitution template. Raises SqlParseException."""
    parser = _Parser(text, version)
    parser.variables.update(variables)
    node = parser.expression()
    parser.end()
    return node


class _Parser:
    def __init__(self, text: str, version: str) -> None:
        if version not in VERSIONS:
            raise errors.SqlParseException(f"Unknown SQL version {version!r}: expected one of {', '.join(VERSIONS)}")
        self._text = text
        self._tokens = tokenize(text)
        self._index = 0
        self._depth = 0
        self._old = version == OLD_VERSION
        self.variables: set[str] = set()

    # Statements

    def query(self) -> Query:
        assignments = self._assignments()
        self._expect_keyword("SELECT")
        select = self._select()
        topic_filter = self._topic_filter() if self._take_keyword("FROM") else None
        where = self.expression() if self._take_keyword("WHERE") else None
        self.end()
        return Query(assignments, select, topic_filter, where)

    def end(self) -> None:
        if self._token.kind is not Kind.END:
            self._fail("the end of the statement")

    def _assignments(self) -> tuple[tuple[str, Node], ...]:
        found: list[tuple[str, Node]] = []
        if not self._take_keyword("SET"):
            return ()
        while True:
            token = self._token
            if token.kind is not Kind.VARIABLE:
                self._fail("a variable like @name")
            self._next()
            if len(token.value) - 1 > MAXIMUM_VARIABLE_NAME:
                raise self._error(token, f"A variable's name has at most {MAXIMUM_VARIABLE_NAME} characters: error")
            if token.value in self.variables:
                raise self._error(token, f"The variable {token.value} is assigned twice: error")
            if len(found) == MAXIMUM_VARIABLES:
                raise self._error(token, f"There may be at most {MAXIMUM_VARIABLES} variables: error")
            self._expect("=")
            found.append((token.value, self.expression()))
            self.variables.add(token.value)
            if not self._take(","):
                return tuple(found)

    def _topic_filter(self) -> str:
        token = self._token
        if token.kind is not Kind.STRING:
            self._fail("a topic filter in quotes")
        try:
            validate_filter(token.value)
        except errors.InvalidRequestException as error:
            raise self._error(token, f"{error.message}: error") from None
        self._next()
        return token.value

    def _select(self) -> Select:
        if self._token.keyword == "VALUE" and self._starts_value():
            self._next()
            return Select((), self._argument())
        items = [self._item()]
        while self._take(","):
            items.append(self._item())
        return Select(tuple(items), None)

    def _starts_value(self) -> bool:
        """Tell SELECT VALUE x from the selection of a key that is called value."""
        following = self._tokens[self._index + 1]
        if following.kind is Kind.SYMBOL:
            if following.value == "*":
                after = self._tokens[self._index + 2]
                return after.kind is Kind.END or after.keyword in ("FROM", "WHERE")
            return following.value in "([{-"
        return following.kind is not Kind.END and following.keyword not in _RESERVED

    def _item(self) -> Item:
        if self._at("*"):
            token = self._next()
            if self._token.keyword == "AS":
                raise self._error(token, "* cannot have an alias: error")
            return Item(Star(token.position), (), spread=True)
        value = self.expression()
        if not self._take_keyword("AS"):
            return Item(value, (_key(value),), spread=isinstance(value, Object))
        path = [self._name("a name after AS")]
        while self._take("."):
            path.append(self._name("a name"))
        return Item(value, tuple(path))

    def _nested(self, position: int) -> Nested:
        self._expect_keyword("SELECT")
        if self._old:
            raise self._error_at(position, "A nested SELECT needs SQL version 2016-03-23: error")
        select = self._select()
        self._expect_keyword("FROM")
        source = self._postfix()
        alias = self._name("an alias") if self._take_keyword("AS") else None
        where = self.expression() if self._take_keyword("WHERE") else None
        return Nested(select, source, alias, where, position)

    # Expressions

    def expression(self) -> Node:
        self._depth += 1
        if self._depth > MAXIMUM_DEPTH:
            raise self._error(self._token, f"The statement is nested in more than {MAXIMUM_DEPTH} levels: error")
        node = self._chain(self._conjunction, "OR")
        self._depth -= 1
        return node

    def _conjunction(self) -> Node:
        return self._chain(self._negation, "AND")

    def _chain(self, operand: Callable[[], Node], keyword: str) -> Node:
        node = operand()
        length = 0
        while self._token.keyword == keyword:
            length += 1
            if length > 16 * MAXIMUM_DEPTH:
                raise self._error(self._token, f"There are too many {keyword} in a row: error")
            token = self._next()
            node = Binary(keyword, node, operand(), token.position)
        return node

    def _negation(self) -> Node:
        if self._token.keyword != "NOT":
            return self._comparison()
        token = self._next()
        self._depth += 1
        if self._depth > MAXIMUM_DEPTH:
            raise self._error(token, f"The statement is nested in more than {MAXIMUM_DEPTH} levels: error")
        node = Not(self._negation(), token.position)
        self._depth -= 1
        return node

    def _comparison(self) -> Node:
        node = self._arithmetic(("+", "-"), lambda: self._arithmetic(("*", "/", "%"), self._sign))
        while (self._token.kind is Kind.SYMBOL and self._token.value in _COMPARISONS) or self._token.keyword == "IN":
            token = self._next()
            if token.value == "=" and self._at("="):
                raise self._error(token, "Unexpected '==': write = for equal,")
            right = self._arithmetic(("+", "-"), lambda: self._arithmetic(("*", "/", "%"), self._sign))
            node = Binary(token.keyword or token.value, node, right, token.position)
        return node

    def _arithmetic(self, operators: tuple[str, ...], operand: Callable[[], Node]) -> Node:
        node = operand()
        length = 0
        while self._token.kind is Kind.SYMBOL and self._token.value in operators:
            length += 1
            if length > 16 * MAXIMUM_DEPTH:
                raise self._error(self._token, "There are too many operators in a row: error")
            token = self._next()
            node = Binary(token.value, node, operand(), token.position)
        return node

    def _sign(self) -> Node:
        negative = False
        position = self._token.position
        while self._at("-") or self._at("+"):
            negative ^= self._next().value == "-"
        node = self._postfix()
        if not negative:
            return node
        if isinstance(node, Literal) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
            return Literal(-node.value, position)
        return Negative(node, position)

    def _postfix(self) -> Node:
        node = self._primary()
        while self._at("."):
            token = self._next()
            node = Member(node, self._name("the name of a member", any_word=True), token.position)
        return node

    def _primary(self) -> Node:
        token = self._token
        if token.kind is Kind.NUMBER:
            self._next()
            return Literal(token.number, token.position)
        if token.kind is Kind.STRING:
            self._next()
            return Literal(token.value, token.position)
        if token.kind is Kind.VARIABLE:
            return self._variable()
        if token.kind is Kind.NAME:
            return self._word()
        if token.kind is Kind.SYMBOL and token.value in _PRIMARY_SYMBOLS:
            return _PRIMARY_SYMBOLS[token.value](self)
        raise self._unexpected("an expression")

    def _variable(self) -> Node:
        token = self._next()
        if token.value not in self.variables:
            raise self._error(token, f"The variable {token.value} is not assigned: error")
        return Variable(token.value, token.position)

    def _word(self) -> Node:
        token = self._token
        word = token.keyword
        opens = self._tokens[self._index + 1].value == "(" and self._tokens[self._index + 1].kind is Kind.SYMBOL
        if word == "CASE" and not self._ends_name():
            return self._case()
        if word == "EXISTS" and opens:
            self._next()
            self._expect("(")
            query = self._nested(token.position)
            self._expect(")")
            return Exists(query, token.position)
        if word in _RESERVED:
            self._fail("an expression")
        self._next()
        if word in _LITERALS:
            return Literal(_LITERALS[word], token.position)
        if not opens:
            return Name(token.value, token.position)
        return self._cast(token) if word == "CAST" else self._call(token)

    def _ends_name(self) -> bool:
        following = self._tokens[self._index + 1]
        return following.kind is Kind.END or following.value in (",", ")", ".") or following.keyword in _RESERVED

    def _call(self, name: Token) -> Node:
        self._expect("(")
        arguments: list[Node] = []
        if not self._at(")"):
            arguments.append(self._argument())
            while self._take(","):
                arguments.append(self._argument())
        self._expect(")")
        return Call(name.value.lower(), tuple(arguments), name.position)

    def _argument(self) -> Node:
        if self._at("*"):
            token = self._next()
            return Star(token.position)
        return self.expression()

    def _cast(self, name: Token) -> Node:
        self._expect("(")
        value = self.expression()
        self._expect_keyword("AS")
        token = self._token
        target = CAST_TYPES.get(token.keyword)
        if target is None:
            self._fail("the name of a type")
        if self._old and token.keyword in _NEW_CASTS:
            raise self._error(token, f"cast as {token.value} needs SQL version 2016-03-23: error")
        self._next()
        self._expect(")")
        return Cast(value, target, name.position)

    def _case(self) -> Node:
        token = self._next()
        value = self.expression()
        branches: list[tuple[Node, Node]] = []
        while self._take_keyword("WHEN"):
            test = self.expression()
            self._expect_keyword("THEN")
            branches.append((test, self.expression()))
        if not branches:
            self._fail("WHEN")
        otherwise = self.expression() if self._take_keyword("ELSE") else None
        self._expect_keyword("END")
        return Case(value, tuple(branches), otherwise, token.position)

    def _parenthesis(self) -> Node:
        token = self._next()
        node = self._nested(token.position) if self._token.keyword == "SELECT" else self.expression()
        self._expect(")")
        return node

    def _array(self) -> Node:
        token = self._next()
        self._needs_new(token, "An array literal")
        items: list[Node] = []
        if not self._at("]"):
            items.append(self.expression())
            while self._take(","):
                items.append(self.expression())
        self._expect("]")
        return Array(tuple(items), token.position)

    def _object(self) -> Node:
        token = self._next()
        self._needs_new(token, "An object literal")
        items: list[tuple[str, Node]] = []
        while not self._at("}"):
            key = self._token
            if key.kind not in (Kind.STRING, Kind.NAME):
                self._fail("a key in quotes")
            self._next()
            self._expect(":")
            items.append((key.value, self.expression()))
            if not self._take(","):
                break
        self._expect("}")
        return Object(tuple(items), token.position)

    def _needs_new(self, token: Token, what: str) -> None:
        if self._old:
            raise self._error(token, f"{what} needs SQL version 2016-03-23: error")

    # Tokens

    @property
    def _token(self) -> Token:
        return self._tokens[self._index]

    def _next(self) -> Token:
        token = self._tokens[self._index]
        self._index += token.kind is not Kind.END
        return token

    def _at(self, symbol: str) -> bool:
        return self._token.kind is Kind.SYMBOL and self._token.value == symbol

    def _take(self, symbol: str) -> bool:
        found = self._at(symbol)
        self._index += found
        return found

    def _take_keyword(self, keyword: str) -> bool:
        found = self._token.keyword == keyword
        self._index += found
        return found

    def _expect(self, symbol: str) -> None:
        if not self._take(symbol):
            self._fail(f"'{symbol}'")

    def _expect_keyword(self, keyword: str) -> None:
        if not self._take_keyword(keyword):
            self._fail(keyword)

    def _name(self, what: str, *, any_word: bool = False) -> str:
        if self._token.kind is not Kind.NAME or (self._token.keyword in ("FROM", "WHERE") and not any_word):
            self._fail(what)
        return self._next().value

    def _fail(self, expected: str) -> NoReturn:
        raise self._unexpected(expected)

    def _unexpected(self, expected: str) -> errors.SqlParseException:
        token = self._token
        found = "the end of the statement" if token.kind is Kind.END else f"'{token.value}'"
        return self._error(token, f"Expected {expected}, found {found}")

    def _error(self, token: Token, message: str) -> errors.SqlParseException:
        return self._error_at(token.position, message)

    def _error_at(self, position: int, message: str) -> errors.SqlParseException:
        return parse_error(self._text, position, message)


_PRIMARY_SYMBOLS: dict[str, Callable[[_Parser], Node]] = {
    "(": _Parser._parenthesis,
    "[": _Parser._array,
    "{": _Parser._object,
}


def _key(node: Node) -> str:
    """The key of an item without an alias: a path's last name, a function's name, else `value`."""
    if isinstance(node, Name | Member):
        return node.name
    if isinstance(node, Call):
        return node.function
    if isinstance(node, Cast):
        return _key(node.value)
    return node.name[1:] if isinstance(node, Variable) else "value"
