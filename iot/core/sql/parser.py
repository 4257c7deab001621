"""Rules SQL, tokens to tree: recursive descent, one method a level of precedence.

OR binds loosest, then AND, NOT, comparisons and IN, addition, multiplication, the sign, and `.member` tightest.
Whatever is wrong is a SqlParseException that says where and what was expected.
"""

from collections.abc import Callable

from iot.core import errors
from iot.core.sql.cursor import Cursor
from iot.core.sql.lexer import Kind, Token
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
    **dict.fromkeys(("STRING", "NVARCHAR", "TEXT", "NTEXT", "VARCHAR"), "string"),
    **dict.fromkeys(("INT", "INTEGER"), "int"),
    **dict.fromkeys(("DOUBLE", "DECIMAL"), "decimal"),
    **dict.fromkeys(("BOOL", "BOOLEAN"), "boolean"),
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


class _Parser(Cursor):
    def __init__(self, text: str, version: str) -> None:
        if version not in VERSIONS:
            raise errors.SqlParseException(f"Unknown SQL version {version!r}: expected one of {', '.join(VERSIONS)}")
        super().__init__(text)
        self._depth = 0
        self._old = version == OLD_VERSION
        self.variables: set[str] = set()

    # Statements

    def query(self) -> Query:
        assignments = self._assignments()
        self.expect_keyword("SELECT")
        select = self._select()
        topic_filter = self._topic_filter() if self.take_keyword("FROM") else None
        where = self.expression() if self.take_keyword("WHERE") else None
        self.end()
        return Query(assignments, select, topic_filter, where)

    def end(self) -> None:
        if self.token.kind is not Kind.END:
            self.fail("the end of the statement")

    def _assignments(self) -> tuple[tuple[str, Node], ...]:
        found: list[tuple[str, Node]] = []
        if not self.take_keyword("SET"):
            return ()
        while True:
            token = self.token
            if token.kind is not Kind.VARIABLE:
                self.fail("a variable like @name")
            self.next()
            if len(token.value) - 1 > MAXIMUM_VARIABLE_NAME:
                raise self.error(
                    token.position, f"A variable's name has at most {MAXIMUM_VARIABLE_NAME} characters: error"
                )
            if token.value in self.variables:
                raise self.error(token.position, f"The variable {token.value} is assigned twice: error")
            if len(found) == MAXIMUM_VARIABLES:
                raise self.error(token.position, f"There may be at most {MAXIMUM_VARIABLES} variables: error")
            self.expect("=")
            found.append((token.value, self.expression()))
            self.variables.add(token.value)
            if not self.take(","):
                return tuple(found)

    def _topic_filter(self) -> str:
        token = self.token
        if token.kind is not Kind.STRING:
            self.fail("a topic filter in quotes")
        try:
            validate_filter(token.value)
        except errors.InvalidRequestException as error:
            raise self.error(token.position, f"{error.message}: error") from None
        self.next()
        return token.value

    def _select(self) -> Select:
        if self.token.keyword == "VALUE" and self._starts_value():
            self.next()
            return Select((), self._argument())
        items = [self._item()]
        while self.take(","):
            items.append(self._item())
        return Select(tuple(items), None)

    def _starts_value(self) -> bool:
        """Tell SELECT VALUE x from the selection of a key that is called value."""
        following = self.following()
        if following.kind is Kind.SYMBOL:
            if following.value == "*":
                after = self.following(2)
                return after.kind is Kind.END or after.keyword in ("FROM", "WHERE")
            return following.value in "([{-"
        return following.kind is not Kind.END and following.keyword not in _RESERVED

    def _item(self) -> Item:
        if self.at("*"):
            token = self.next()
            if self.token.keyword == "AS":
                raise self.error(token.position, "* cannot have an alias: error")
            return Item(Star(token.position), (), spread=True)
        value = self.expression()
        if not self.take_keyword("AS"):
            return Item(value, (_key(value),), spread=isinstance(value, Object))
        path = [self._name("a name after AS")]
        while self.take("."):
            path.append(self._name("a name"))
        return Item(value, tuple(path))

    def _nested(self, position: int) -> Nested:
        self.expect_keyword("SELECT")
        if self._old:
            raise self.error(position, "A nested SELECT needs SQL version 2016-03-23: error")
        select = self._select()
        self.expect_keyword("FROM")
        source = self._postfix()
        alias = self._name("an alias") if self.take_keyword("AS") else None
        where = self.expression() if self.take_keyword("WHERE") else None
        return Nested(select, source, alias, where, position)

    # Expressions

    def expression(self) -> Node:
        self._go_deeper()
        node = self._chain(self._conjunction, "OR")
        self._depth -= 1
        return node

    def _go_deeper(self) -> None:
        self._depth += 1
        if self._depth > MAXIMUM_DEPTH:
            raise self.error(self.token.position, f"The statement is nested in more than {MAXIMUM_DEPTH} levels: error")

    def _conjunction(self) -> Node:
        return self._chain(self._negation, "AND")

    def _chain(self, operand: Callable[[], Node], keyword: str) -> Node:
        node = operand()
        length = 0
        while self.token.keyword == keyword:
            length += 1
            if length > 16 * MAXIMUM_DEPTH:
                raise self.error(self.token.position, f"There are too many {keyword} in a row: error")
            token = self.next()
            node = Binary(keyword, node, operand(), token.position)
        return node

    def _negation(self) -> Node:
        if self.token.keyword != "NOT":
            return self._comparison()
        token = self.next()
        self._go_deeper()
        node = Not(self._negation(), token.position)
        self._depth -= 1
        return node

    def _comparison(self) -> Node:
        node = self._arithmetic(("+", "-"), lambda: self._arithmetic(("*", "/", "%"), self._sign))
        while (self.token.kind is Kind.SYMBOL and self.token.value in _COMPARISONS) or self.token.keyword == "IN":
            token = self.next()
            if token.value == "=" and self.at("="):
                raise self.error(token.position, "Unexpected '==': write = for equal,")
            right = self._arithmetic(("+", "-"), lambda: self._arithmetic(("*", "/", "%"), self._sign))
            node = Binary(token.keyword or token.value, node, right, token.position)
        return node

    def _arithmetic(self, operators: tuple[str, ...], operand: Callable[[], Node]) -> Node:
        node = operand()
        length = 0
        while self.token.kind is Kind.SYMBOL and self.token.value in operators:
            length += 1
            if length > 16 * MAXIMUM_DEPTH:
                raise self.error(self.token.position, "There are too many operators in a row: error")
            token = self.next()
            node = Binary(token.value, node, operand(), token.position)
        return node

    def _sign(self) -> Node:
        negative = False
        position = self.token.position
        while self.at("-") or self.at("+"):
            negative ^= self.next().value == "-"
        node = self._postfix()
        if not negative:
            return node
        if isinstance(node, Literal) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
            return Literal(-node.value, position)
        return Negative(node, position)

    def _postfix(self) -> Node:
        node = self._primary()
        while self.at("."):
            token = self.next()
            node = Member(node, self._name("the name of a member", any_word=True), token.position)
        return node

    def _primary(self) -> Node:
        token = self.token
        if token.kind is Kind.NUMBER:
            self.next()
            return Literal(token.number, token.position)
        if token.kind is Kind.STRING:
            self.next()
            return Literal(token.value, token.position)
        if token.kind is Kind.VARIABLE:
            return self._variable()
        if token.kind is Kind.NAME:
            return self._word()
        if token.kind is not Kind.SYMBOL or token.value not in _PRIMARY_SYMBOLS:
            self.fail("an expression")
        return _PRIMARY_SYMBOLS[token.value](self)

    def _variable(self) -> Node:
        token = self.next()
        if token.value not in self.variables:
            raise self.error(token.position, f"The variable {token.value} is not assigned: error")
        return Variable(token.value, token.position)

    def _word(self) -> Node:
        token = self.token
        word = token.keyword
        opens = self.following().value == "(" and self.following().kind is Kind.SYMBOL
        if word == "CASE" and not self._ends_name():
            return self._case()
        if word == "EXISTS" and opens:
            self.next()
            self.expect("(")
            query = self._nested(token.position)
            self.expect(")")
            return Exists(query, token.position)
        if word in _RESERVED:
            self.fail("an expression")
        self.next()
        if word in _LITERALS:
            return Literal(_LITERALS[word], token.position)
        if not opens:
            return Name(token.value, token.position)
        return self._cast(token) if word == "CAST" else self._call(token)

    def _ends_name(self) -> bool:
        following = self.following()
        return following.kind is Kind.END or following.value in (",", ")", ".") or following.keyword in _RESERVED

    def _call(self, name: Token) -> Node:
        self.expect("(")
        arguments: list[Node] = []
        if not self.at(")"):
            arguments.append(self._argument())
            while self.take(","):
                arguments.append(self._argument())
        self.expect(")")
        return Call(name.value.lower(), tuple(arguments), name.position)

    def _argument(self) -> Node:
        if self.at("*"):
            token = self.next()
            return Star(token.position)
        return self.expression()

    def _cast(self, name: Token) -> Node:
        self.expect("(")
        value = self.expression()
        self.expect_keyword("AS")
        token = self.token
        target = CAST_TYPES.get(token.keyword)
        if target is None:
            self.fail("the name of a type")
        if self._old and token.keyword in _NEW_CASTS:
            raise self.error(token.position, f"cast as {token.value} needs SQL version 2016-03-23: error")
        self.next()
        self.expect(")")
        return Cast(value, target, name.position)

    def _case(self) -> Node:
        token = self.next()
        value = self.expression()
        branches: list[tuple[Node, Node]] = []
        while self.take_keyword("WHEN"):
            test = self.expression()
            self.expect_keyword("THEN")
            branches.append((test, self.expression()))
        if not branches:
            self.fail("WHEN")
        otherwise = self.expression() if self.take_keyword("ELSE") else None
        self.expect_keyword("END")
        return Case(value, tuple(branches), otherwise, token.position)

    def _parenthesis(self) -> Node:
        token = self.next()
        node = self._nested(token.position) if self.token.keyword == "SELECT" else self.expression()
        self.expect(")")
        return node

    def _array(self) -> Node:
        token = self.next()
        self._needs_new(token, "An array literal")
        items: list[Node] = []
        if not self.at("]"):
            items.append(self.expression())
            while self.take(","):
                items.append(self.expression())
        self.expect("]")
        return Array(tuple(items), token.position)

    def _object(self) -> Node:
        token = self.next()
        self._needs_new(token, "An object literal")
        items: list[tuple[str, Node]] = []
        while not self.at("}"):
            key = self.token
            if key.kind not in (Kind.STRING, Kind.NAME):
                self.fail("a key in quotes")
            self.next()
            self.expect(":")
            items.append((key.value, self.expression()))
            if not self.take(","):
                break
        self.expect("}")
        return Object(tuple(items), token.position)

    def _needs_new(self, token: Token, what: str) -> None:
        if self._old:
            raise self.error(token.position, f"{what} needs SQL version 2016-03-23: error")

    def _name(self, what: str, *, any_word: bool = False) -> str:
        if self.token.kind is not Kind.NAME or (self.token.keyword in ("FROM", "WHERE") and not any_word):
            self.fail(what)
        return self.next().value


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
