"""Statements that are compiled once: for the few services that are called a thousand times a second.

Django's ORM spends several times longer on building such a statement than the database on running it. A `Select` is an
ordinary queryset whose SQL is kept; `insert` and `update` are plain statements over a model's own columns. All three
give and take what the ORM does, and run on whatever database the connection is of.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)
_MARK = "\0parameter "


class Select(Generic[M]):
    """A queryset of text parameters: `Select(lambda name: Thing.objects.filter(name=name), 1)`."""

    def __init__(self, build: Callable[..., QuerySet[M]], parameters: int) -> None:
        self._build = build
        self._parameters = parameters
        self._local = threading.local()

    def first(self, *values: str) -> M | None:
        """Answer the first row for these values, in no particular order."""
        statement = self._statement()
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, [values[one] if isinstance(one, int) else one[0] for one in statement.slots])
            row = cursor.fetchone()
        return None if row is None else statement.make(row)

    def _statement(self) -> "_Statement[M]":
        found: dict[str, _Statement[M]] = self._local.__dict__.setdefault("by_vendor", {})
        statement = found.get(connection.vendor)
        if statement is None:
            marks = [f"{_MARK}{index}" for index in range(self._parameters)]
            statement = found[connection.vendor] = _Statement(self._build(*marks))
        return statement


class _Statement(Generic[M]):
    """A compiled queryset: its SQL, where its parameters go, and how a row becomes an object."""

    def __init__(self, rows: QuerySet[M]) -> None:
        compiler = rows.query.get_compiler(connection=connection)
        self.sql, parameters = compiler.as_sql()
        self.slots: list[Any] = [
            int(one.removeprefix(_MARK)) if isinstance(one, str) and one.startswith(_MARK) else (one,)
            for one in parameters
        ]
        info: Any = compiler.klass_info
        selected: Any = compiler.select
        self._model: type[M] = info["model"]
        self._first, self._last = info["select_fields"][0], info["select_fields"][-1] + 1
        self._names = [one[0].target.attname for one in selected[self._first : self._last]]
        self._related = _populators(info, selected)
        self._converters = compiler.get_converters([one[0] for one in selected])
        self._compiler = compiler

    def make(self, row: Any) -> M:
        values = list(next(iter(self._compiler.apply_converters([row], self._converters)))) if self._converters else row
        made = self._model.from_db(connection.alias, self._names, values[self._first : self._last])
        for one in self._related:
            one.populate(values, made)
        return made


def _populators(info: Any, selected: Any) -> Any:
    return get_related_populators(info, selected, connection.alias)


def insert(model: type[Model], returning: str = "", /, **values: Any) -> Any:
    """Insert a row unless a unique key is in the way; answers a column of it, or whether it did.

    Nothing is filled in: `auto_now` fields and defaults must be given.
    """
    sql = _insert(model, tuple(values), returning, connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, _prepared(model, values))
        if not returning:
            return cursor.rowcount == 1
        row = cursor.fetchone()
        return None if row is None else row[0]


def insert_many(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows of the same fields, but those whose unique key is taken; answers how many went in."""
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.executemany(
            _insert(model, tuple(rows[0]), "", connection.vendor), [_prepared(model, row) for row in rows]
        )
        return int(cursor.rowcount)


def upsert_many(model: type[Model], key: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of the same fields, or set the fields of those that have the unique key already."""
    if not rows:
        return
    names = tuple(rows[0])
    changed = ", ".join(f"{column} = EXCLUDED.{column}" for column in _each(model, [n for n in names if n not in key]))
    plain = _insert(model, names, "", connection.vendor).removesuffix("DO NOTHING")
    sql = plain.removesuffix("ON CONFLICT ") + f"ON CONFLICT ({', '.join(_each(model, key))}) DO UPDATE SET {changed}"
    with connection.cursor() as cursor:
        cursor.executemany(sql, [_prepared(model, row) for row in rows])


def update_many(model: type[Model], rows: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> None:
    """Set the same fields of many rows, each found by its key."""
    if not rows:
        return
    key, values = rows[0]
    sql = _update(model, tuple(key), tuple(values), connection.vendor)
    with connection.cursor() as cursor:
        cursor.executemany(sql, [_prepared(model, new) + _prepared(model, old) for old, new in rows])


def update(model: type[Model], key: Mapping[str, Any], **values: Any) -> int:
    """Set fields of the rows that have these values; answers how many."""
    sql = _update(model, tuple(key), tuple(values), connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, _prepared(model, values) + _prepared(model, key))
        return int(cursor.rowcount)


def _prepared(model: type[Model], values: Mapping[str, Any]) -> list[Any]:
    return [
        model._meta.get_field(name).get_db_prep_save(value, connection)  # type: ignore[union-attr]  # never a relation back
        for name, value in values.items()
    ]


@lru_cache(maxsize=256)
def _insert(model: type[Model], names: tuple[str, ...], returning: str, vendor: str) -> str:
    table, columns, places = _quoted(model._meta.db_table), _columns(model, names, ", "), ", ".join(["%s"] * len(names))
    tail = f" RETURNING {_columns(model, (returning,), '')}" if returning else ""
    return f"INSERT INTO {table} ({columns}) VALUES ({places}) ON CONFLICT DO NOTHING{tail}"


@lru_cache(maxsize=256)
def _update(model: type[Model], key: tuple[str, ...], names: tuple[str, ...], vendor: str) -> str:
    sets, wanted = _columns(model, names, " = %s, "), _columns(model, key, " = %s AND ")
    return f"UPDATE {_quoted(model._meta.db_table)} SET {sets} = %s WHERE {wanted} = %s"


def _each(model: type[Model], names: Sequence[str]) -> list[str]:
    return [_columns(model, (name,), "") for name in names]


def _columns(model: type[Model], names: tuple[str, ...], joint: str) -> str:
    return joint.join(_quoted(str(model._meta.get_field(name).column)) for name in names)  # type: ignore[union-attr]  # never a relation back


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
