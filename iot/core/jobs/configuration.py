"""What a job's configuration may hold beyond what the shapes of its members say."""

from collections.abc import Mapping
from typing import Any

from iot.core import errors
from iot.core.jobs.execution import MAXIMUM_TIMER_MINUTES

MAXIMUM_RETRIES = 10


def check_configuration(settings: Mapping[str, Any]) -> None:
    """Check rollout, timeout and retries, by AWS's member names. Raises InvalidRequestException."""
    minutes = settings.get("timeoutConfig", {}).get("inProgressTimeoutInMinutes")
    if minutes is not None and not 1 <= minutes <= MAXIMUM_TIMER_MINUTES:
        raise errors.InvalidRequestException(
            f"inProgressTimeoutInMinutes must be between 1 and {MAXIMUM_TIMER_MINUTES}"
        )
    retries = settings.get("jobExecutionsRetryConfig", {}).get("criteriaList", ())
    if sum(one["numberOfRetries"] for one in retries) > MAXIMUM_RETRIES:
        raise errors.InvalidRequestException(f"An execution is tried again at most {MAXIMUM_RETRIES} times")
    exponential = settings.get("jobExecutionsRolloutConfig", {}).get("exponentialRate")
    if exponential and len(exponential["rateIncreaseCriteria"]) != 1:
        raise errors.InvalidRequestException(
            "The rate increases either by numberOfNotifiedThings or by numberOfSucceededThings"
        )
