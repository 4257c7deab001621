"""Logging options and levels."""

from typing import Any

from iot.api.registry import Answer, Caller, operation
from iot.services import logging
from iot.services.paging import paginate_list

DEFAULT_PAGE = 25


@operation("GetLoggingOptions")
def get_logging_options(caller: Caller) -> Answer:
    return logging.logging_options(caller.scope)


@operation("SetLoggingOptions")
def set_logging_options(caller: Caller, *, logging_options_payload: dict[str, Any]) -> Answer:
    logging.set_logging_options(caller.scope, logging_options_payload)
    return {}


@operation("GetV2LoggingOptions")
def get_v2_logging_options(caller: Caller, *, verbose: bool = False) -> Answer:
    options = logging.v2_logging_options(caller.scope)
    return options if verbose else {**options, "eventConfigurations": None}


@operation("SetV2LoggingOptions")
def set_v2_logging_options(
    caller: Caller,
    *,
    role_arn: str | None = None,
    default_log_level: str | None = None,
    disable_all_logs: bool | None = None,
    event_configurations: list[dict[str, Any]] | None = None,
) -> Answer:
    members = {
        "roleArn": role_arn,
        "defaultLogLevel": default_log_level,
        "disableAllLogs": disable_all_logs,
        "eventConfigurations": event_configurations,
    }
    given = {name: value for name, value in members.items() if value is not None}
    logging.set_v2_logging_options(caller.scope, given)
    return {}


@operation("ListV2LoggingLevels")
def list_v2_logging_levels(
    caller: Caller,
    *,
    target_type: str | None = None,
    next_token: str | None = None,
    max_results: int = DEFAULT_PAGE,
) -> Answer:
    found = logging.levels(caller.scope, target_type=target_type)
    page, token = paginate_list(found, scope=caller.scope, kind="levels", token=next_token, limit=max_results)
    return {"logTargetConfigurations": page, "nextToken": token}


@operation("SetV2LoggingLevel")
def set_v2_logging_level(caller: Caller, *, log_target: dict[str, str], log_level: str) -> Answer:
    logging.set_level(
        caller.scope,
        target_type=log_target["targetType"],
        target_name=log_target.get("targetName"),
        level=log_level,
    )
    return {}


@operation("DeleteV2LoggingLevel")
def delete_v2_logging_level(caller: Caller, *, target_type: str, target_name: str) -> Answer:
    logging.delete_level(caller.scope, target_type=target_type, target_name=target_name)
    return {}
