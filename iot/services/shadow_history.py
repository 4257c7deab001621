"""The last versions of each shadow: who made them, when, and which keys they named; what a wish can go back to.

A shadow has a fixed number of places; the version that comes takes the place of the oldest, so that nothing needs to be
cleared away and a batch of updates writes its history with one statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings

from iot.core import errors
from iot.core.arn import Scope
from iot.core.shadow import document as documents
from iot.core.shadow.document import Document, Tree
from iot.models import ShadowVersion
from iot.models.prepared import upsert_many

MAXIMUM_KEYS = 50
_KEY = ("account", "region", "thing_name", "name", "slot")


@dataclass(frozen=True, slots=True)
class Past:
    """An accepted update on its way into the history: the state that it named, and the document that it made."""

    version: int
    at: float
    actor: str
    state: Tree | None
    document: bytes


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a shadow's past."""

    version: int
    at: float
    actor: str
    keys: tuple[str, ...]
    document: Document


def rows(scope: Scope, thing_name: str, name: str, past: Sequence[Past]) -> list[dict[str, Any]]:
    """Make the rows of new versions; where there are more than places, the last ones."""
    places = settings.SHADOW_HISTORY
    return [
        {
            "account": scope.account,
            "region": scope.region,
            "thing_name": thing_name,
            "name": name,
            "slot": one.version % places,
            "version": one.version,
            "at": one.at,
            "actor": one.actor[:200],
            "keys": named_keys(one.state),
            "document": one.document.decode(),
        }
        for one in (past[-places:] if places else ())
    ]


def write(made: Sequence[dict[str, Any]]) -> None:
    """Write rows."""
    upsert_many(ShadowVersion, _KEY, made)


def versions(scope: Scope, *, thing_name: str, shadow_name: str = "") -> list[Version]:
    """Answer the versions that are kept of a shadow, newest first."""
    found = ShadowVersion.objects.filter(
        account=scope.account, region=scope.region, thing_name=thing_name, name=shadow_name
    ).order_by("-at", "-version")
    return [_version(row) for row in found]


def find_version(scope: Scope, *, thing_name: str, shadow_name: str = "", version: int) -> Version:
    """Find one version of a shadow. Raises ResourceNotFoundException."""
    row = (
        ShadowVersion.objects.filter(
            account=scope.account, region=scope.region, thing_name=thing_name, name=shadow_name, version=version
        )
        .order_by("-at")
        .first()
    )
    if row is None:
        raise errors.ResourceNotFoundException(f"Version {version} of the shadow is not kept")
    return _version(row)


def wish(version: Version, present: Document | None) -> bytes:
    """Make the update that wishes for what was desired in a version: keys that came since are removed."""
    before = {} if present is None else present.desired
    return orjson.dumps({"state": {"desired": _towards(version.document.desired, before)}})


def named_keys(state: Tree | None) -> list[str]:
    """Answer the keys that an update names, as dotted paths, at most fifty."""
    found: list[str] = []
    for section in documents.SECTIONS:
        if state and section in state:
            _name(state[section], section, found)
    return found[:MAXIMUM_KEYS]


def _name(value: Any, path: str, found: list[str]) -> None:
    if not isinstance(value, dict) or not value:
        found.append(path)
        return
    for key, item in value.items():
        if len(found) >= MAXIMUM_KEYS:
            return
        _name(item, f"{path}.{key}", found)


def _towards(wanted: dict[str, Any], present: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {key: None for key in present if key not in wanted}
    for key, value in wanted.items():
        before = present.get(key)
        found[key] = _towards(value, before) if isinstance(value, dict) and isinstance(before, dict) else value
    return found


def _version(row: ShadowVersion) -> Version:
    return Version(row.version, row.at, row.actor, tuple(row.keys), documents.load(row.document, row.version))
