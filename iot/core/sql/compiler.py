"""A statement's tree to Python code objects: `ast` nodes, never text.

The generated code is dumb. It reads keys, compares numbers and strings of the expected type in place, and calls
`iot.core.sql.values` for everything else, where the rules for Undefined, Null and mixed types live. WHERE and SELECT
become one function of the payload's object (`p`) and the run (`r`; None where `asks_run` says that nothing reads it).
A nested SELECT becomes a function of its own, whose `p` is the element.
"""

import ast
from collections.abc import Callable
from functools import reduce
from itertools import takewhile
from typing import Any

from iot.core.sql import values
from iot.core.sql.checks import GET_OR_DEFAULT, Refuse
from iot.core.sql.functions.library import FUNCTIONS, Convert, Function, number, text, whole
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
    Select,
    Star,
    Variable,
)
from iot.core.sql.runtime import (
    Compiled,
    exists,
    fallback,
    make_array,
    make_object,
    nested,
    put,
    raw_payload,
    spread,
    whole_payload,
)
from iot.core.sql.values import UNDEFINED

_BINARY = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "%": "modulo",
    "=": "equal",
    "<>": "not_equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "AND": "logical_and",
    "OR": "logical_or",
    "IN": "contains",
}
_ORDER: dict[str, type[ast.cmpop]] = {"<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE}
_EQUALITY: dict[str, type[ast.cmpop]] = {"=": ast.Eq, "<>": ast.NotEq}
_CONVERTED: dict[Convert, tuple[str, ...]] = {text: ("str",), number: ("int", "float"), whole: ("int",)}
# Two such integers have a sum and a product of at most 34 digits, which need no rounding.
_SMALL = 10**15
NOT_TRUE: Any = object()


class Compiler:
    """Compiles the expressions of one statement or template; constants and callables go into its namespace."""

    def __init__(self, refuse: Refuse) -> None:
        self._refuse = refuse
        self._count = 0
        self._alias: list[str | None] = []
        self._element = False
        self.asks_payload = False
        self.asks_run = False
        self.names: dict[str, Any] = {
            "U": UNDEFINED,
            "N": NOT_TRUE,
            "member": values.member,
            "cast": values.cast,
            "negate": values.negate,
            "logical_not": values.logical_not,
            "put": put,
            "spread": spread,
            "fallback": fallback,
            "nested": nested,
            **{name: getattr(values, name) for name in _BINARY.values()},
        }

    # Functions

    def expression(self, node: Node) -> Compiled:
        """Compile an expression to a function that answers its value."""
        return self._function([ast.Return(self._value(node))])

    def selection(self, where: Node | None, select: Select, unmatched: str = "N") -> Compiled:
        """Compile WHERE and SELECT to a function that answers the output, or NOT_TRUE where WHERE is not true."""
        body: list[ast.stmt] = []
        if where is not None:
            body.append(ast.If(ast.UnaryOp(ast.Not(), self._is_true(where)), [ast.Return(_name(unmatched))], []))
        return self._function([*body, *self._output(select)])

    def _output(self, select: Select) -> list[ast.stmt]:
        if select.value is not None:
            return [ast.Return(self._value(select.value))]
        if len(select.items) == 1 and select.items[0].spread and isinstance(select.items[0].value, Star):
            return [ast.Return(self._value(select.items[0].value))]
        fields = list(takewhile(self._is_field, select.items))
        body = self._fields(fields)
        for item in select.items[len(fields) :]:
            body += self._item(item)
        return [*body, ast.Return(_name("o"))]

    def _is_field(self, item: Item) -> bool:
        return type(item.value) is Name and not item.spread and len(item.path) == 1 and not self._element

    def _fields(self, items: list[Item]) -> list[ast.stmt]:
        """Begin the output with fields of the payload: with all of them at once, or one by one where some lack."""
        body: list[ast.stmt] = [_assign("o", ast.Dict([], []))]
        if not items:
            return body
        for item in items:
            body += self._item(item)
        keys: list[ast.expr | None] = [ast.Constant(item.path[0]) for item in items]
        names = [item.value.name for item in items if isinstance(item.value, Name)]
        reads: list[ast.expr] = [ast.Subscript(_name("p"), ast.Constant(name), ast.Load()) for name in names]
        handler = ast.ExceptHandler(_name("KeyError"), None, body)
        return [ast.Try([_assign("o", ast.Dict(keys, reads))], [handler], [], [])]

    def _item(self, item: Item) -> list[ast.stmt]:
        value = self._value(item.value)
        if item.spread:
            return [ast.Expr(_call("spread", _name("o"), value))]
        if len(item.path) > 1:
            return [ast.Expr(_call("put", _name("o"), self._constant(item.path), value))]
        target = ast.Subscript(_name("o"), ast.Constant(item.path[0]), ast.Store())
        if isinstance(item.value, Literal):
            return [ast.Assign([target], value)]
        test = ast.Compare(ast.NamedExpr(_name("v", store=True), value), [ast.IsNot()], [_name("U")])
        return [ast.If(test, [ast.Assign([target], _name("v"))], [])]

    def _function(self, body: list[ast.stmt]) -> Compiled:
        arguments = ast.arguments([], [ast.arg("p"), ast.arg("r")], None, [], [], None, [])
        module = ast.Module([ast.FunctionDef("compiled", arguments, body, [], None)], [])
        try:
            code = compile(ast.fix_missing_locations(module), "<rule>", "exec")
        except (RecursionError, MemoryError, SyntaxError):
            raise self._refuse(0, "The statement is nested too deeply: error") from None
        scope = self.names
        exec(code, scope)
        compiled: Compiled = scope.pop("compiled")
        return compiled

    # Expressions

    def _value(self, node: Node) -> ast.expr:
        return _VALUES[type(node)](self, node)

    def _literal(self, node: Literal) -> ast.expr:
        if isinstance(node.value, str | int | float | bool | None):
            return ast.Constant(node.value)
        return self._constant(node.value)

    def _name(self, node: Name) -> ast.expr:
        self.asks_payload = True
        if self._alias and node.name == self._alias[-1]:
            return _name("p")
        if self._element:
            return _call("member", _name("p"), ast.Constant(node.name))
        return ast.Call(ast.Attribute(_name("p"), "get", ast.Load()), [ast.Constant(node.name), _name("U")], [])

    def _variable(self, node: Variable) -> ast.expr:
        variables = ast.Attribute(self._run(), "variables", ast.Load())
        # A message kept for later is rendered without its variables where their functions cannot be asked again.
        return ast.Call(ast.Attribute(variables, "get", ast.Load()), [ast.Constant(node.name), _name("U")], [])

    def _star(self, node: Star) -> ast.expr:
        if self._element:
            return _name("p")
        return _call(self._bind(whole_payload), self._run())

    def _raw_payload(self) -> ast.expr:
        return _call(self._bind(raw_payload), self._run())

    def _member(self, node: Member) -> ast.expr:
        temporary = self._temporary()
        target = ast.NamedExpr(_name(temporary, store=True), self._value(node.target))
        read = ast.Call(ast.Attribute(_name(temporary), "get", ast.Load()), [ast.Constant(node.name), _name("U")], [])
        return ast.IfExp(ast.Compare(_call("type", target), [ast.Is()], [_name("dict")]), read, _name("U"))

    def _call_node(self, node: Call) -> ast.expr:
        if node.function == GET_OR_DEFAULT:
            return self._get_or_default(node)
        found = FUNCTIONS[node.function]
        raw = found.raw and not self._element
        arguments = [
            self._raw_payload() if raw and isinstance(one, Star) else self._value(one) for one in node.arguments
        ]
        return self._applied(found, arguments)

    def _applied(self, found: Function, arguments: list[ast.expr]) -> ast.expr:
        """Call a function with its arguments converted; Undefined where one cannot be, or their number does not fit."""
        run = [self._run()] if found.run else []
        body = self._bind(found.body)
        if found.parameters is None:
            return _call(body, *run, *arguments)
        if not len(found.parameters) - found.optional <= len(arguments) <= len(found.parameters):
            return ast.Subscript(ast.Tuple([*arguments, _name("U")], ast.Load()), ast.Constant(-1), ast.Load())
        open_ones: list[tuple[str, Convert, ast.expr]] = []
        given: list[ast.expr] = []
        for convert, value in zip(found.parameters, arguments, strict=False):
            if isinstance(value, ast.Constant) and type(value.value).__name__ in _CONVERTED[convert]:
                given.append(value)
                continue
            open_ones.append((self._temporary(), convert, value))
            given.append(_name(open_ones[-1][0]))
        called = _call(body, *run, *given)
        if not open_ones:
            return called
        if len(open_ones) == 1:
            ((name, convert, value),) = open_ones
            late = ast.IfExp(self._lacks(name, _call(self._bind(convert), _name(name))), _name("U"), called)
            return ast.IfExp(self._is_type(name, value, _CONVERTED[convert]), called, late)
        # `|` and not `or`: all arguments are evaluated, and may fail, whatever the first one is.
        lacks = [self._lacks(name, self._converted(convert, value)) for name, convert, value in open_ones]
        return ast.IfExp(reduce(lambda left, right: ast.BinOp(left, ast.BitOr(), right), lacks), _name("U"), called)

    def _lacks(self, name: str, value: ast.expr) -> ast.expr:
        """Name a value, and say whether it is Undefined."""
        return ast.Compare(ast.NamedExpr(_name(name, store=True), value), [ast.Is()], [_name("U")])

    def _converted(self, convert: Convert, value: ast.expr) -> ast.expr:
        """Convert an argument; one of the type that the conversion would answer stays as it is."""
        temporary = self._temporary()
        other = _call(self._bind(convert), _name(temporary))
        return ast.IfExp(self._is_type(temporary, value, _CONVERTED[convert]), _name(temporary), other)

    def _get_or_default(self, node: Call) -> ast.expr:
        if len(node.arguments) not in (1, 2):
            return _name("U")
        return _call("fallback", *(_lambda(self._value(argument)) for argument in node.arguments))

    def _cast(self, node: Cast) -> ast.expr:
        return _call("cast", self._value(node.value), ast.Constant(node.target))

    def _negative(self, node: Negative) -> ast.expr:
        return _call("negate", self._value(node.value))

    def _not(self, node: Not) -> ast.expr:
        return _call("logical_not", self._value(node.value))

    def _binary(self, node: Binary) -> ast.expr:
        literal = node.right.value if isinstance(node.right, Literal) else None
        kind = type(literal)
        if node.operator in _ORDER and kind in (int, float):
            return self._fast(node, _ORDER[node.operator], ("int", "float"))
        if node.operator in _EQUALITY and kind in (int, float, str):
            return self._fast(node, _EQUALITY[node.operator], (kind.__name__,))
        if node.operator in "+-*" and type(literal) is int and abs(literal) < _SMALL:
            return self._fast_arithmetic(node)
        return _call(_BINARY[node.operator], self._value(node.left), self._value(node.right))

    def _fast(self, node: Binary, operator: type[ast.cmpop], kinds: tuple[str, ...]) -> ast.expr:
        """Compare in place where the left side has an expected type, else by the language's rules."""
        temporary = self._temporary()
        right = self._value(node.right)
        test = self._is_type(temporary, self._value(node.left), kinds)
        direct = ast.Compare(_name(temporary), [operator()], [right])
        return ast.IfExp(test, direct, _call(_BINARY[node.operator], _name(temporary), right))

    def _fast_arithmetic(self, node: Binary) -> ast.expr:
        temporary = self._temporary()
        right = self._value(node.right)
        small = ast.Compare(
            ast.UnaryOp(ast.USub(), ast.Constant(_SMALL)),
            [ast.Lt(), ast.Lt()],
            [_name(temporary), ast.Constant(_SMALL)],
        )
        test = ast.BoolOp(ast.And(), [self._is_type(temporary, self._value(node.left), ("int",)), small])
        operators: dict[str, ast.operator] = {"+": ast.Add(), "-": ast.Sub(), "*": ast.Mult()}
        direct = ast.BinOp(_name(temporary), operators[node.operator], right)
        return ast.IfExp(test, direct, _call(_BINARY[node.operator], _name(temporary), right))

    def _is_type(self, temporary: str, value: ast.expr, kinds: tuple[str, ...]) -> ast.expr:
        first = _call("type", ast.NamedExpr(_name(temporary, store=True), value))
        tests: list[ast.expr] = [ast.Compare(first, [ast.Is()], [_name(kinds[0])])]
        tests += [ast.Compare(_call("type", _name(temporary)), [ast.Is()], [_name(kind)]) for kind in kinds[1:]]
        return tests[0] if len(tests) == 1 else ast.BoolOp(ast.Or(), tests)

    def _is_true(self, node: Node) -> ast.expr:
        """A condition at the top of WHERE: AND needs no value for Undefined there, because both do not fire."""
        if isinstance(node, Binary) and node.operator == "AND" and _is_boolean(node.left) and _is_boolean(node.right):
            return ast.BoolOp(ast.And(), [self._is_true(node.left), self._is_true(node.right)])
        if isinstance(node, Literal):
            return ast.Constant(node.value is True)
        return ast.Compare(self._value(node), [ast.Is()], [ast.Constant(True)])

    def _array(self, node: Array) -> ast.expr:
        return _call(self._bind(make_array), *map(self._value, node.items))

    def _object(self, node: Object) -> ast.expr:
        pairs = [part for key, value in node.items for part in (ast.Constant(key), self._value(value))]
        return _call(self._bind(make_object), *pairs)

    def _case(self, node: Case) -> ast.expr:
        subject = self._temporary()
        result: ast.expr = _name("U") if node.otherwise is None else self._value(node.otherwise)
        for test, answer in reversed(node.branches):
            result = ast.IfExp(self._case_test(subject, test), self._value(answer), result)
        bound = ast.NamedExpr(_name(subject, store=True), self._value(node.value))
        return ast.IfExp(ast.Compare(bound, [ast.Is()], [_name("U")]), _name("U"), result)

    def _case_test(self, subject: str, test: Node) -> ast.expr:
        if isinstance(test, Literal) and isinstance(test.value, str):
            return ast.Compare(_name(subject), [ast.Eq()], [ast.Constant(test.value)])
        return ast.Compare(_call("equal", _name(subject), self._value(test)), [ast.Is()], [ast.Constant(True)])

    def _nested(self, node: Nested) -> ast.expr:
        source = self._value(node.source)
        outer = self._element
        self._alias.append(node.alias)
        self._element = True
        select = self.selection(node.where, node.select, unmatched="U")
        self._element = outer
        self._alias.pop()
        return _call("nested", self._constant(select), source, _name("r"))

    def _exists(self, node: Exists) -> ast.expr:
        return _call(self._bind(exists), self._nested(node.query))

    # Namespace

    def _run(self) -> ast.expr:
        self.asks_run = True
        return _name("r")

    def _temporary(self) -> str:
        self._count += 1
        return f"t{self._count}"

    def _constant(self, value: Any) -> ast.expr:
        return _name(self._bind(value))

    def _bind(self, value: Any) -> str:
        self._count += 1
        name = f"c{self._count}"
        self.names[name] = value
        return name


_VALUES: dict[type, Callable[[Compiler, Any], ast.expr]] = {
    Literal: Compiler._literal,
    Name: Compiler._name,
    Variable: Compiler._variable,
    Star: Compiler._star,
    Member: Compiler._member,
    Call: Compiler._call_node,
    Cast: Compiler._cast,
    Negative: Compiler._negative,
    Not: Compiler._not,
    Binary: Compiler._binary,
    Array: Compiler._array,
    Object: Compiler._object,
    Case: Compiler._case,
    Nested: Compiler._nested,
    Exists: Compiler._exists,
}


def _is_boolean(node: Node) -> bool:
    if isinstance(node, Binary):
        return node.operator not in "+-*/%"
    return isinstance(node, Not | Exists) or (isinstance(node, Literal) and isinstance(node.value, bool))


def _name(name: str, *, store: bool = False) -> ast.Name:
    return ast.Name(name, ast.Store() if store else ast.Load())


def _call(function: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(_name(function), list(arguments), [])


def _assign(name: str, value: ast.expr) -> ast.Assign:
    return ast.Assign([_name(name, store=True)], value)


def _lambda(value: ast.expr) -> ast.Lambda:
    return ast.Lambda(ast.arguments([], [], None, [], [], None, []), value)
