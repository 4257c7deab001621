"""Trying one action of a rule for real: the order that a bridge carries out once, counted and kept nowhere."""

import base64
from typing import Any

from iot.core.arn import Scope
from iot.core.message import Message
from iot.services import local_actions, topic_rules

TOPIC = "$bridge/try"
BRIDGE_SECONDS = 10.0


def order(
    scope: Scope,
    *,
    rule_name: str,
    sql: str,
    version: str,
    action: dict[str, Any],
    message: Message,
    is_error_action: bool = False,
) -> dict[str, Any]:
    """Write what the bridge is to try, checked as if the rule were saved.

    The action is one of AWS's, or `table` or `file`; an error action is one of AWS's, and gets an error document of
    the message, whatever the rule's WHERE says of it. Raises SqlParseException, InvalidRequestException.
    """
    ((kind, parameters),) = action.items()
    if kind in local_actions.KINDS and not is_error_action:
        given = {key: value for key, value in parameters.items() if key != "name"}
        local_actions.check(kind, str(parameters.get("name", "")), given)
        action = {"thingstead": action}
    else:
        topic_rules.check_action(sql=sql, version=version, action=action, is_error_action=is_error_action)
    return {
        "account": scope.account,
        "region": scope.region,
        "rule": rule_name,
        "sql": sql,
        "version": version,
        "action": action,
        "isErrorAction": is_error_action,
        "topic": message.topic,
        "payload": base64.b64encode(message.payload).decode(),
        "clientId": "" if message.sender is None else message.sender.client_id,
        "userProperties": message.properties.user_properties,
    }
