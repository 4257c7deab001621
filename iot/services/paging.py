"""Pages of rows by key: opaque, signed tokens that stay right while rows come and go."""

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import orjson
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Expression, F, Model, Q, QuerySet

from iot.core import errors
from iot.core.arn import Scope

M = TypeVar("M", bound=Model)
_SALT = "thingstead.paging"
# What AWS says about a token that it did not write, where that is not the usual
_REFUSALS = {
    "certificates-by-ca": "Invalid/Malformed marker passed for listCertificateByCA",
    "domains": "Invalid Token",
}


def paginate(
    rows: QuerySet[M], *, scope: Scope, kind: str, token: str | None, limit: int, newest_first: bool = False
) -> tuple[list[M], str | None]:
    """Answer at most `limit` rows in order of creation and the token of the next page, None on the last.

    `kind` names the list, so that a token of one list is refused by another. Raises InvalidRequestException.
    """
    if token is not None:
        last = _read(token, scope, kind)
        rows = rows.filter(pk__lt=last) if newest_first else rows.filter(pk__gt=last)
    found = list(rows.order_by("-pk" if newest_first else "pk")[: limit + 1])
    if len(found) <= limit:
        return found, None
    return found[:limit], _write(scope, kind, found[limit - 1].pk)


def paginate_by(
    fetch: Callable[[int, int], list[M]], *, scope: Scope, kind: str, token: str | None, limit: int
) -> tuple[list[M], str | None]:
    """Page as `paginate` does through rows that `fetch(after, count)` answers in order of their keys."""
    found = fetch(0 if token is None else _read(token, scope, kind), limit + 1)
    return found[:limit], _write(scope, kind, found[limit - 1].pk) if len(found) > limit else None


def paginate_list(
    items: list[Any], *, scope: Scope, kind: str, token: str | None, limit: int
) -> tuple[list[Any], str | None]:
    """Page through a list that is small and made anew each time; the token holds an offset."""
    start = 0 if token is None else _read(token, scope, kind)
    end = start + limit
    return items[start:end], _write(scope, kind, end) if end < len(items) else None


def page_by(
    rows: QuerySet[M], *, order: str | Expression, descending: bool, after: str, limit: int
) -> tuple[list[M], str]:
    """Answer at most `limit` rows in an order, equal ones by key, and what the next page is after, empty on the last.

    `order` is a field, or an expression that is never NULL. Raises InvalidRequestException.
    """
    placed: QuerySet[Any] = rows.annotate(place=F(order) if isinstance(order, str) else order)
    if after:
        placed = _beyond(placed, after, descending=descending)
    found = list(placed.order_by(*(("-place", "-pk") if descending else ("place", "pk")))[: limit + 1])
    if len(found) <= limit:
        return found, ""
    last: Any = found[limit - 1]
    value = last.place.isoformat() if isinstance(last.place, datetime) else last.place
    return found[:limit], base64.urlsafe_b64encode(orjson.dumps([value, last.pk])).decode().rstrip("=")


def _beyond(rows: QuerySet[M], after: str, *, descending: bool) -> QuerySet[M]:
    beyond, sign = ("place__lt", "pk__lt") if descending else ("place__gt", "pk__gt")
    try:
        value, key = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        # The first condition is in the second; databases seek in an index by the first alone
        return rows.filter(**{f"{beyond}e": value}).filter(Q(**{beyond: value}) | Q(place=value, **{sign: key}))
    except (TypeError, ValueError, ValidationError):  # not base64, not JSON, another shape, or another field's values
        raise errors.InvalidRequestException("There is no such page") from None


def _write(scope: Scope, kind: str, position: int) -> str:
    signed = signing.dumps([scope.account, scope.region, kind, position], salt=_SALT, compress=True)
    return base64.b64encode(signed.encode()).decode()  # a marker may hold nothing else


def _read(token: str, scope: Scope, kind: str) -> int:
    try:
        signed = base64.b64decode(token, validate=True).decode()
        account, region, of_kind, position = signing.loads(signed, salt=_SALT)
        if (account, region, of_kind) == (scope.account, scope.region, kind):
            return int(position)
    except (signing.BadSignature, ValueError):  # text that is not base64 is a ValueError too
        pass
    raise errors.InvalidRequestException(_REFUSALS.get(kind, "Invalid nextToken"))
