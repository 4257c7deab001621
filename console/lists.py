"""What lists share: the order that a column's head asks for, and the panel beside them that shows one row in short.

Both are in the query, `?sort=-created` and `?open=NAME`, so that they can be kept, shared and gone back to.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Expression, QuerySet
from django.http import HttpResponse
from django.utils.functional import Promise

from console.pages import show
from console.roles import ConsoleRequest
from iot.core import errors
from iot.services.paging import page_by

PANEL = "panel"
_PASSING = ("after", "before", "open")


@dataclass(frozen=True, slots=True)
class Sorting:
    """The order of a list: `key` of the column, and the rest of the query, which a change of order keeps."""

    key: str
    descending: bool
    kept: Mapping[str, str]

    @property
    def value(self) -> str:
        """The order as the query has it."""
        return f"-{self.key}" if self.descending else self.key

    def direction(self, key: str) -> str:
        """How a column is sorted, in the words of aria-sort."""
        if key != self.key:
            return "none"
        return "descending" if self.descending else "ascending"

    def url(self, key: str, *, falling: bool = False) -> str:
        """The list sorted by a column: the other way round where it is already; `falling` columns begin with most."""
        descending = not self.descending if key == self.key else falling
        return f"?{urlencode({**self.kept, 'sort': f'-{key}' if descending else key})}"


def read_sorting(request: ConsoleRequest, keys: tuple[str, ...], otherwise: str) -> Sorting:
    """Read the order from the query; one that the list does not have is its usual order."""
    asked = request.GET.get("sort", "")
    if asked.removeprefix("-") not in keys:
        asked = otherwise
    kept = {name: str(value) for name, value in request.GET.items() if name not in (*_PASSING, "sort") and value}
    return Sorting(asked.removeprefix("-"), asked.startswith("-"), kept)


def paged(request: ConsoleRequest, following: str) -> dict[str, str]:
    """The links of the pager: to the next page, where there is one, and from a later page to the first."""
    kept = {name: value for name, value in request.GET.items() if name not in _PASSING and value}
    return {
        "kept": urlencode(kept),
        "following": f"?{urlencode({**kept, 'after': following})}" if following else "",
        "first": f"?{urlencode(kept)}" if request.GET.get("after") else "",
    }


def sorted_page(
    request: ConsoleRequest,
    rows: QuerySet[Any],
    orders: Mapping[str, str | Expression],
    otherwise: str,
    *,
    limit: int,
) -> tuple[list[Any], dict[str, Any]]:
    """Answer a page of rows as the query orders them, and what the heads and the pager need.

    `orders` are the columns that sort with what the database sorts by, `otherwise` is the usual order.
    """
    sorting = read_sorting(request, tuple(orders), otherwise)
    found, following = page_by(
        rows,
        order=orders[sorting.key],
        descending=sorting.descending,
        after=request.GET.get("after", ""),
        limit=limit,
    )
    return found, {"sorting": sorting, **paged(request, following)}


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a panel: a label and its value, which is offered for copying, a link where it has a URL."""

    label: str | Promise
    value: Any
    copies: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One row in short: its state as (kind, word), facts, texts as (label, text), and links as (label, URL, icon)."""

    title: str
    url: str
    state: tuple[str, str | Promise] | None = None
    facts: tuple[Fact, ...] = ()
    texts: tuple[tuple[str | Promise, str], ...] = ()
    links: tuple[tuple[str | Promise, str, str], ...] = ()


def opened(request: ConsoleRequest, find: Callable[[str], Panel]) -> dict[str, Any]:
    """What the panel needs: the row that the query names, found by `find`; none where it is gone."""
    name = request.GET.get("open", "")
    kept = {key: value for key, value in request.GET.items() if key != "open" and value}
    found: dict[str, Any] = {"opened": name, "open_base": f"?{urlencode(kept)}{'&' if kept else ''}open="}
    found["close_url"] = f"?{urlencode(kept)}" if kept else request.path
    if name:
        try:
            found["panel"] = find(name)
        except errors.AwsError as error:
            found["panel_gone"] = error.message
    return found


def show_list(
    request: ConsoleRequest, template: str, find: Callable[[str], Panel], rows: Callable[[], dict[str, Any]]
) -> HttpResponse:
    """Render a list with its panel: to htmx the panel alone or the rows alone, whichever it has asked for."""
    context = opened(request, find)
    if request.htmx and request.htmx.target == PANEL:
        return show(request, "components/panel", context)
    return show(request, template, {**context, **rows()}, part="rows")
