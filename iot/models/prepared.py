"""Statements that are compiled once: for the few services that are called a thousand times a second.

Django's ORM spends several times longer on building such a statement than the database on running it. A `Select` is an
ordinary queryset whose SQL is kept; `insert` and `update` are plain statements over a model's own columns. All three
give and take what the ORM does, and run on whatever database the connection is of. `read_many` answers plain columns.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, CharField, Field, FloatField, IntegerField, Model, QuerySet, TextField
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
    populators: Any = get_related_populators
    return populators(info, selected, connection.alias)


def read_many(
    model: type[Model], names: tuple[str, ...], wanted: Mapping[str, Sequence[str]], *, lock: bool = False
) -> list[Any]:
    """Answer columns of the rows whose text columns have one of the values wanted, in the order of their ids."""
    database = connections[DEFAULT_DB_ALIAS]
    counts = tuple((name, len(values)) for name, values in wanted.items())
    sql = _read(model, names, counts, lock and database.features.has_select_for_update, database.vendor)
    with database.cursor() as cursor:
        cursor.execute(sql, [value for values in wanted.values() for value in values])
        return list(cursor.fetchall())


def insert(model: type[Model], returning: str = "", /, **values: Any) -> Any:
    """Insert a row unless a unique key is in the way; answers a column of it, or whether it did.

    Nothing is filled in: `auto_now` fields and defaults must be given.
    """
    database = connections[DEFAULT_DB_ALIAS]
    statement = _insert(model, tuple(values), returning, database.vendor)
    with database.cursor() as cursor:
        cursor.execute(statement.sql, statement.values(values, database))
        if not returning:
            return cursor.rowcount == 1
        row = cursor.fetchone()
        return None if row is None else row[0]


def insert_many(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows of the same fields, but those whose unique key is taken; answers how many went in."""
    if not rows:
        return 0
    database = connections[DEFAULT_DB_ALIAS]
    statement = _insert(model, tuple(rows[0]), "", database.vendor)
    with database.cursor() as cursor:
        cursor.executemany(statement.sql, [statement.values(row, database) for row in rows])
        return int(cursor.rowcount)


def upsert_many(model: type[Model], key: tuple[str, ...], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of the same fields, or set the fields of those that have the unique key already."""
    if not rows:
        return
    database = connections[DEFAULT_DB_ALIAS]
    statement = _upsert(model, key, tuple(rows[0]), database.vendor)
    with database.cursor() as cursor:
        cursor.executemany(statement.sql, [statement.values(row, database) for row in rows])


def update_many(model: type[Model], rows: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> None:
    """Set the same fields of many rows, each found by its key."""
    if not rows:
        return
    database = connections[DEFAULT_DB_ALIAS]
    key, values = rows[0]
    statement = _update(model, tuple(values), tuple(key), database.vendor)
    with database.cursor() as cursor:
        cursor.executemany(statement.sql, [statement.values({**new, **old}, database) for old, new in rows])


@dataclass(frozen=True, slots=True)
class _Written:
    """A statement that writes: its SQL, and what makes each value one of the database, None for plain ones."""

    sql: str
    savers: tuple[Callable[..., Any] | None, ...]

    def values(self, given: Mapping[str, Any], database: BaseDatabaseWrapper) -> list[Any]:
        return [
            value if save is None else save(value, database)
            for save, value in zip(self.savers, given.values(), strict=True)
        ]


_PLAIN = (BooleanField, CharField, FloatField, IntegerField, TextField)


@lru_cache(maxsize=1024)
def _read(
    model: type[Model], names: tuple[str, ...], wanted: tuple[tuple[str, int], ...], lock: bool, vendor: str
) -> str:
    columns = ", ".join(_column(model, name) for name in names)
    places = [f"{_column(model, name)} IN ({', '.join(['%s'] * count)})" for name, count in wanted]
    locking = " FOR UPDATE" if lock else ""
    where = " AND ".join(places)
    return f"SELECT {columns} FROM {_table(model)} WHERE {where} ORDER BY {_column(model, 'id')}{locking}"


@lru_cache(maxsize=256)
def _insert(model: type[Model], names: tuple[str, ...], returning: str, vendor: str) -> _Written:
    sql = f"{_into(model, names)} ON CONFLICT DO NOTHING"
    return _Written(f"{sql} RETURNING {_column(model, returning)}" if returning else sql, _savers(model, names))


@lru_cache(maxsize=256)
def _upsert(model: type[Model], key: tuple[str, ...], names: tuple[str, ...], vendor: str) -> _Written:
    columns = [_column(model, name) for name in names if name not in key]
    changed = ", ".join(f"{column} = EXCLUDED.{column}" for column in columns)
    unique = ", ".join(_column(model, name) for name in key)
    return _Written(f"{_into(model, names)} ON CONFLICT ({unique}) DO UPDATE SET {changed}", _savers(model, names))


@lru_cache(maxsize=256)
def _update(model: type[Model], names: tuple[str, ...], key: tuple[str, ...], vendor: str) -> _Written:
    changed = ", ".join(f"{_column(model, name)} = %s" for name in names)
    wanted = " AND ".join(f"{_column(model, name)} = %s" for name in key)
    return _Written(f"UPDATE {_table(model)} SET {changed} WHERE {wanted}", _savers(model, names + key))


def _into(model: type[Model], names: tuple[str, ...]) -> str:
    columns, places = ", ".join(_column(model, name) for name in names), ", ".join(["%s"] * len(names))
    return f"INSERT INTO {_table(model)} ({columns}) VALUES ({places})"


def _savers(model: type[Model], names: tuple[str, ...]) -> tuple[Callable[..., Any] | None, ...]:
    fields = [_field(model, name) for name in names]
    return tuple(None if isinstance(field, _PLAIN) else field.get_db_prep_save for field in fields)


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _column(model: type[Model], name: str) -> str:
    return connection.ops.quote_name(str(_field(model, name).column))


def _field(model: type[Model], name: str) -> "Field[Any, Any]":
    field = model._meta.get_field(name)
    if not isinstance(field, Field):
        raise TypeError(f"{name} is not a column of {model.__name__}")
    return field
