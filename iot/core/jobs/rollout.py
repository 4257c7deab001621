"""How fast a job spreads, and when it must be stopped: rollout rates and abort criteria."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iot.core.jobs.execution import Status

MAXIMUM_PER_MINUTE = 1000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: executions handed out, and how many ended in which state."""

    notified: int
    counts: Mapping[Status, int]

    @property
    def finished(self) -> int:
        ended = (Status.SUCCEEDED, Status.FAILED, Status.REJECTED, Status.TIMED_OUT)
        return sum(self.counts.get(status, 0) for status in ended)


def rate_per_minute(config: Mapping[str, Any], progress: Progress) -> float:
    """Answer how many executions a minute may be handed out now.

    `config` is AWS's jobExecutionsRolloutConfig. The exponential rate starts at its base and grows by its factor each
    time the number of notified (or succeeded) things passes another multiple of the criterion.
    """
    ceiling = min(config.get("maximumPerMinute", MAXIMUM_PER_MINUTE), MAXIMUM_PER_MINUTE)
    exponential = config.get("exponentialRate")
    if not exponential:
        return float(ceiling)
    criteria = exponential["rateIncreaseCriteria"]
    if "numberOfNotifiedThings" in criteria:
        steps = progress.notified // criteria["numberOfNotifiedThings"]
    else:
        steps = progress.counts.get(Status.SUCCEEDED, 0) // criteria["numberOfSucceededThings"]
    rate = float(exponential["baseRatePerMinute"])
    for _ in range(steps):
        rate *= exponential["incrementFactor"]
        if rate >= ceiling:
            break
    return float(min(rate, ceiling))


def allowance(rate: float, carried: float, elapsed: float) -> tuple[int, float]:
    """Answer how many executions may go out after `elapsed` seconds, and the fraction carried to the next time.

    The first call of a job passes an `elapsed` of 60, so that a minute's worth goes out at once.
    """
    budget = min(carried + rate * elapsed / 60, rate)
    return int(budget), budget - int(budget)


def abort_comment(criteria: Sequence[Mapping[str, Any]], progress: Progress) -> str:
    """Answer AWS's comment on the first of a job's abort criteria (its criteriaList) that is met, empty if none is."""
    return next((comment for criterion in criteria if (comment := _comment(criterion, progress))), "")


def _comment(criterion: Mapping[str, Any], progress: Progress) -> str:
    finished = progress.finished
    if finished == 0 or finished < criterion["minNumberOfExecutedThings"]:
        return ""
    kind, threshold = criterion["failureType"], criterion["thresholdPercentage"]
    kinds = (Status.FAILED, Status.REJECTED, Status.TIMED_OUT) if kind == "ALL" else (Status(kind),)
    failed = sum(progress.counts.get(status, 0) for status in kinds)
    if 100 * failed / finished < threshold:
        return ""
    return (
        f"Abort criteria for failure type {kind} with threshold {threshold:.2f}% met. "
        f"Total completed executions: {finished}, total {kind} executions: {failed}"
    )
