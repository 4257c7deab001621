"""The figures of a rule and of its actions."""

from collections.abc import Callable
from itertools import accumulate
from typing import Any

from iot.api.extensions import SERVICE
from iot.api.registry import Answer, Caller, operation
from iot.services import metrics, topic_rules

_WITHIN = "ActionLatency.Within"
Figures = dict[str, float]


@operation("GetRuleMetrics", service=SERVICE)
def get_rule_metrics(caller: Caller, *, rule_name: str, since: int | None = None) -> Answer:
    topic_rules.find_topic_rule(caller.scope, rule_name)
    by_place: dict[str, Figures] = {"": {}}
    for (name, dimension), value in metrics.of_rule(caller.scope, rule_name, since=since).items():
        by_place.setdefault(dimension.partition("/")[2], {})[name] = value
    whole = by_place.pop("")
    actions = [_action(place, figures) for place, figures in sorted(by_place.items())]
    count = _counter(whole)
    return {
        "ruleName": rule_name,
        "matched": count("TopicMatch"),
        "passed": count("RulesExecuted"),
        "ran": sum(one["ran"] for one in actions),
        "evaluationErrors": count("ParseError"),
        **_outcomes(whole),
        "errorActionsSucceeded": count("ErrorActionSuccess"),
        "errorActionsFailed": count("ErrorActionFailure"),
        "actions": actions,
    }


def _counter(figures: Figures) -> Callable[[str], int]:
    return lambda name: int(figures.get(name, 0))


def _outcomes(figures: Figures) -> dict[str, int]:
    count = _counter(figures)
    return {"succeeded": count("Success"), "failed": count("Failure"), "retried": count("Retried")}


def _action(place: str, figures: Figures) -> dict[str, Any]:
    """Tell an action's figures; those within some seconds include those within fewer."""
    timed, total = int(figures.get("ActionLatency.Count", 0)), figures.get("ActionLatency.Sum", 0.0)
    buckets = {name.removeprefix(_WITHIN): int(n) for name, n in figures.items() if name.startswith(_WITHIN)}
    limits = sorted(buckets, key=float)
    within = dict(zip(limits, accumulate(buckets[limit] for limit in limits), strict=True))
    outcomes = _outcomes(figures)
    return {
        "action": place,
        "ran": outcomes["succeeded"] + outcomes["failed"],
        **outcomes,
        "latency": {
            "totalSeconds": total,
            "averageSeconds": total / timed if timed else None,
            "within": within,
        },
    }
