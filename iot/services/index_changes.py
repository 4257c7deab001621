"""What has changed since the fleet index last looked; written by the services that change it, in their transactions."""

from collections.abc import Iterable
from typing import Any

from iot.core.arn import Scope
from iot.models import IndexChange
from iot.services import account_settings

SETTING = "indexing"
OFF: dict[str, Any] = {"thing": {"thingIndexingMode": "OFF"}, "group": {"thingGroupIndexingMode": "OFF"}}


def configuration(scope: Scope) -> dict[str, Any]:
    """Answer the indexing configuration: `thing` and `group`, each as AWS's structure."""
    found: dict[str, Any] = account_settings.read(scope, SETTING, OFF)
    return found


def things_are_indexed(configured: dict[str, Any]) -> bool:
    return bool(configured["thing"].get("thingIndexingMode", "OFF") != "OFF")


def groups_are_indexed(configured: dict[str, Any]) -> bool:
    return bool(configured["group"].get("thingGroupIndexingMode", "OFF") != "OFF")


def things_changed(scope: Scope, names: Iterable[str]) -> None:
    """Note that things, or what hangs on them, have changed."""
    _changed(scope, "thing", names)


def shadows_changed(scope: Scope, names: Iterable[str]) -> None:
    """Note that shadows of things have changed, where the index holds shadows."""
    configured = configuration(scope)["thing"]
    if (
        configured.get("thingIndexingMode") == "REGISTRY_AND_SHADOW"
        or configured.get("namedShadowIndexingMode") == "ON"
    ):
        _changed(scope, "thing", names)


def connections_changed(scope: Scope, names: Iterable[str]) -> None:
    """Note that clients have connected or gone, where the index holds connectivity."""
    if configuration(scope)["thing"].get("thingConnectivityIndexingMode", "OFF") != "OFF":
        _changed(scope, "thing", names)


def groups_changed(scope: Scope, names: Iterable[str]) -> None:
    """Note that groups have changed."""
    _changed(scope, "group", names)


def _changed(scope: Scope, kind: str, names: Iterable[str]) -> None:
    configured = configuration(scope)
    if not (things_are_indexed(configured) if kind == "thing" else groups_are_indexed(configured)):
        return
    IndexChange.objects.bulk_create(
        IndexChange(account=scope.account, region=scope.region, kind=kind, name=name) for name in dict.fromkeys(names)
    )
