"""What is logged: the options of the first and the second version, and levels for single targets."""

from typing import Any

from django.db import transaction

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.arn import Scope
from iot.services import account_settings

OPTIONS, OPTIONS_V2, LEVELS = "logging_options", "v2_logging_options", "v2_logging_levels"


def logging_options(scope: Scope) -> dict[str, Any]:
    """Answer the first version's options; nothing set is DISABLED."""
    return dict(account_settings.read(scope, OPTIONS, {"logLevel": "DISABLED"}))


def set_logging_options(scope: Scope, options: dict[str, Any]) -> None:
    """Set the first version's options."""
    _write(scope, OPTIONS, options)


def v2_logging_options(scope: Scope) -> dict[str, Any]:
    """Answer the second version's options. Raises NotConfiguredException."""
    options = account_settings.read(scope, OPTIONS_V2, None)
    if options is None:
        raise errors.NotConfiguredException("Logging is not configured: call SetV2LoggingOptions first")
    return dict(options)


def set_v2_logging_options(scope: Scope, options: dict[str, Any]) -> None:
    """Set those of the second version's options that are given."""
    with transaction.atomic():
        present = account_settings.read(scope, OPTIONS_V2, {"disableAllLogs": False})
        if not options.get("disableAllLogs") and not {**present, **options}.get("roleArn"):
            raise errors.InvalidRequestException("A role is needed for logging")
        _write(scope, OPTIONS_V2, {**present, **options})


def levels(scope: Scope, *, target_type: str | None = None) -> list[dict[str, Any]]:
    """Answer the levels of single targets. Raises NotConfiguredException."""
    v2_logging_options(scope)
    found = account_settings.read(scope, LEVELS, [])
    return [one for one in found if target_type is None or one["logTarget"]["targetType"] == target_type]


def set_level(scope: Scope, *, target_type: str, target_name: str | None, level: str) -> None:
    """Set the level of a target. Raises NotConfiguredException."""
    with transaction.atomic():
        kept = [one for one in levels(scope) if not _is(one, target_type, target_name)]
        target = {"targetType": target_type, **({} if target_name is None else {"targetName": target_name})}
        _write(scope, LEVELS, [*kept, {"logTarget": target, "logLevel": level}])


def delete_level(scope: Scope, *, target_type: str, target_name: str) -> None:
    """Forget the level of a target; one that has none is no error."""
    with transaction.atomic():
        found = account_settings.read(scope, LEVELS, [])
        _write(scope, LEVELS, [one for one in found if not _is(one, target_type, target_name)])


def _is(one: dict[str, Any], target_type: str, target_name: str | None) -> bool:
    target = one["logTarget"]
    return bool(target["targetType"] == target_type and target.get("targetName") == target_name)


def _write(scope: Scope, name: str, value: Any) -> None:
    with transaction.atomic():
        account_settings.write(scope, name, value)
        announce("settings", name, scope)
