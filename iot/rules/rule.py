"""A topic rule ready to run: its statement compiled, its actions prepared, its counters."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from iot.core import errors
from iot.core.sql import Statement, compile_statement
from iot.rules.action import Action, ActionError, Fired, Render, Request, Templates, actions

OUTSIDE = (
    "get_thing_shadow",
    "get_registry_data",
    "get_dynamodb",
    "aws_lambda",
    "get_secret",
    "machinelearning_predict",
)
BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)
ERROR_ACTION = -1
UNSERVED = {
    "influxDB": "The action influxDB is not performed here: an http action can write to an InfluxDB",
    "iotAnalytics": "The action iotAnalytics is not performed here: AWS has ended AWS IoT Analytics",
    "iotEvents": "The action iotEvents is not performed here: AWS has ended AWS IoT Events",
    "salesforce": "The action salesforce is not performed here: Salesforce has ended its IoT Cloud",
}


@dataclass(slots=True)
class Bound:
    """One action of a rule; the error action has the index -1."""

    rule: "Rule"
    action: Action
    index: int
    parameters: Mapping[str, Any]
    render: Render
    timings: dict[str, float] = field(default_factory=dict)

    def count(self, name: str) -> None:
        self.timings[name] = self.timings.get(name, 0.0) + 1

    def timed(self, seconds: float) -> None:
        """Count how long the action took, in a histogram."""
        timings = self.timings
        timings["ActionLatency.Sum"] = timings.get("ActionLatency.Sum", 0.0) + seconds
        timings["ActionLatency.Count"] = timings.get("ActionLatency.Count", 0.0) + 1
        bucket = next((one for one in BUCKETS if seconds <= one), None)
        if bucket is not None:
            name = f"ActionLatency.Within{bucket:g}"
            timings[name] = timings.get(name, 0.0) + 1

    @property
    def resource(self) -> str:
        return self.action.resource(self.parameters)

    @property
    def dimension(self) -> str:
        return action_dimension(self.rule.name, self.index, self.action.name)


def action_dimension(rule_name: str, index: int, action_name: str) -> str:
    """The dimension of an action's metrics."""
    place = "error" if index == ERROR_ACTION else str(index)
    return f"{rule_name}/{place}:{action_name}"


@dataclass(slots=True)
class Rule:
    """An enabled rule. `asks_outside` says that evaluating it may wait for a service."""

    name: str
    statement: Statement
    asks_outside: bool
    actions: tuple[Bound, ...] = ()
    error_action: Bound | None = None
    counts: dict[str, int] = field(default_factory=dict)
    noticed: dict[str, float] = field(default_factory=dict)

    def count(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    def may_notice(self, outcome: str, every: float) -> bool:
        """Say whether enough time has passed since the last notice of an outcome."""
        now = time.monotonic()
        if now - self.noticed.get(outcome, -every) < every:
            return False
        self.noticed[outcome] = now
        return True


def build(
    name: str, sql: str, version: str, action_list: list[dict[str, Any]], error_action: dict[str, Any] | None
) -> Rule:
    """Compile a rule. Raises SqlParseException. An action that we do not perform fails for every message."""
    statement = compile_statement(sql, version)
    texts = [sql, *(repr(action) for action in action_list), repr(error_action)]
    asks_outside = any(function in text.lower() for text in texts for function in OUTSIDE) or "'proto'" in sql.lower()
    rule = Rule(name, statement, asks_outside)
    rule.actions = tuple(_bind(rule, index, action) for index, action in enumerate(action_list))
    rule.error_action = None if error_action is None else _bind(rule, ERROR_ACTION, error_action)
    return rule


def _bind(rule: Rule, index: int, given: dict[str, Any]) -> Bound:
    ((name, parameters),) = given.items()
    action = actions().get(name) or _unserved(name)
    try:
        render = action.prepare(parameters, Templates(parameters, rule.statement.template))
    except (ActionError, errors.AwsError, KeyError, TypeError, ValueError) as error:
        reason = f"it has no {error.args[0]}" if isinstance(error, KeyError) else str(error)
        render = _failing(f"The action {name} cannot be prepared: {reason}")
    return Bound(rule, action, index, parameters, render)


def _unserved(name: str) -> Action:
    failing = _failing(UNSERVED.get(name, f"The action {name} is not performed here"))
    return Action(name, f"{name[:1].upper()}{name[1:]}Action", lambda *given: failing, lambda parameters: "")


def _failing(reason: str) -> Render:
    """What cannot run fails for each message, where it is seen; the rule's other actions run."""

    def render(fired: Fired) -> list[Request]:
        raise ActionError(reason)

    return render
