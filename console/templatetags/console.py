"""Template tags: ages, icons, JSON trees, differences, sizes."""

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from lucide.templatetags.lucide import lucide

from console.charts import Chart

register = template.Library()

MINUTE, HOUR, DAY = 60, 3600, 86_400


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """An icon beside words, so hidden from readers."""
    return _drawn(str(name), size)


@lru_cache(maxsize=512)
def _drawn(name: str, size: int) -> SafeString:
    return mark_safe(lucide(name, size=size, aria_hidden="true", **{"class": "icon"}))


@register.simple_tag
def age(value: datetime | float | None, *, milliseconds: bool = False) -> SafeString | str:
    """“12 s ago”, kept current by the script, with the exact time on hover and focus."""
    moment = as_moment(value, milliseconds=milliseconds)
    if moment is None:
        return "—"
    return format_html(
        '<time class="age" tabindex="0" datetime="{}" data-exact="{}">{}</time>',
        moment.isoformat(timespec="milliseconds"),
        f"{moment:%Y-%m-%d %H:%M:%S} UTC",
        spell_age((timezone.now() - moment).total_seconds()),
    )


@register.simple_tag
def moment(value: datetime | float | None, *, milliseconds: bool = False) -> str:
    """The exact time."""
    found = as_moment(value, milliseconds=milliseconds)
    return "—" if found is None else f"{found:%Y-%m-%d %H:%M:%S} UTC"


def as_moment(value: datetime | float | None, *, milliseconds: bool = False) -> datetime | None:
    """Read a time: a datetime, or a number of seconds (or milliseconds) since 1970; 0 means never."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if not value:
        return None
    return datetime.fromtimestamp(value / 1000 if milliseconds else value, UTC)


def spell_age(seconds: float) -> str:
    """Spell how long ago, or in how long, something is."""
    size = abs(seconds)
    if size < MINUTE:
        text = f"{int(size)} s"
    elif size < HOUR:
        text = f"{int(size // MINUTE)} min"
    elif size < 2 * DAY:
        text = f"{int(size // HOUR)} h"
    elif size < 730 * DAY:
        text = f"{int(size // DAY)} d"
    else:
        text = f"{int(size // (365 * DAY))} y"
    return _("in %(time)s") % {"time": text} if seconds < 0 else _("%(time)s ago") % {"time": text}


@register.filter
def number(value: int | float | None) -> str:
    """Digits in groups of three, parted by thin spaces."""
    if value is None:
        return "—"
    return f"{value:,}".replace(",", "\u202f") if isinstance(value, int) else f"{value:,.1f}".replace(",", "\u202f")


@register.filter
def size(value: int | None) -> str:
    """Bytes for people."""
    if value is None:
        return "—"
    return (
        f"{value} B" if value < 1024 else f"{value / 1024:.1f} kB" if value < 1024**2 else f"{value / 1024**2:.1f} MB"
    )


@register.filter
def pretty(value: Any) -> str:
    """A JSON value, indented; text that is not JSON stays as it is."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return str(value)
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a JSON tree: its key, its path for copying, its kind, and what is below it."""

    key: str
    path: str
    kind: str
    text: str
    children: tuple["Node", ...] = ()


def tree(value: Any, key: str = "", path: str = "", depth: int = 0) -> Node:
    """Make the tree of a JSON value; below 40 levels it is text."""
    if isinstance(value, dict) and depth < 40:
        children = tuple(
            tree(item, name, f"{path}.{name}" if path else name, depth + 1) for name, item in value.items()
        )
        return Node(key, path, "object", f"{{{len(value)}}}", children)
    if isinstance(value, list) and depth < 40:
        children = tuple(tree(item, str(index), f"{path}[{index}]", depth + 1) for index, item in enumerate(value))
        return Node(key, path, "array", f"[{len(value)}]", children)
    kinds = {str: "string", bool: "boolean", type(None): "null"}
    return Node(key, path, kinds.get(type(value), "number"), json.dumps(value, ensure_ascii=False, default=str))


@register.inclusion_tag("console/components/json.html")
def json_tree(value: Any) -> dict[str, Any]:
    """A JSON value as a tree that opens and closes, each value with its path."""
    return {"node": tree(value)}


@register.inclusion_tag("console/components/chart.html")
def chart(drawn: Chart) -> dict[str, Any]:
    """A line chart with its title, read-out and table."""
    return {"chart": drawn}


@register.inclusion_tag("console/components/diff.html")
def diff(before: Any, after: Any, before_name: str = "", after_name: str = "") -> dict[str, Any]:
    """The lines that differ between two values."""
    return {
        "lines": list(compare(_lines(before), _lines(after))),
        "before_name": before_name or _("before"),
        "after_name": after_name or _("after"),
    }


def compare(before: list[str], after: list[str]) -> Iterator[tuple[str, str, str]]:
    """Answer (kind, sign, line), three lines of context around each change."""
    signs = {"+": "added", "-": "removed", " ": "same"}
    for index, line in enumerate(list(difflib.unified_diff(before, after, lineterm="", n=3))[2:]):
        if line.startswith("@@"):
            if index:
                yield "skip", " ", "⋯"
        else:
            yield signs[line[0]], line[0], line[1:]


def _lines(value: Any) -> list[str]:
    return [] if value is None else pretty(value).splitlines()
