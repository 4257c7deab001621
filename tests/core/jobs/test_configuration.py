"""What a job's configuration may hold."""

from typing import Any

import pytest

from iot.core import errors
from iot.core.jobs.configuration import check_configuration


def rate(**criteria: int) -> dict[str, Any]:
    growing = {"baseRatePerMinute": 1, "incrementFactor": 2, "rateIncreaseCriteria": criteria}
    return {"jobExecutionsRolloutConfig": {"exponentialRate": growing}}


def retries(*numbers: int) -> dict[str, Any]:
    listed = [{"failureType": "FAILED", "numberOfRetries": number} for number in numbers]
    return {"jobExecutionsRetryConfig": {"criteriaList": listed}}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"timeoutConfig": {}},
        {"timeoutConfig": {"inProgressTimeoutInMinutes": 10_080}},
        {"jobExecutionsRolloutConfig": {"maximumPerMinute": 5}},
        retries(4, 6),
        rate(numberOfNotifiedThings=5),
    ],
)
def test_what_is_within_its_limits_is_taken(settings: dict[str, Any]) -> None:
    check_configuration(settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"timeoutConfig": {"inProgressTimeoutInMinutes": 0}},
        {"timeoutConfig": {"inProgressTimeoutInMinutes": 10_081}},
        retries(4, 7),
        rate(),
        rate(numberOfNotifiedThings=5, numberOfSucceededThings=5),
    ],
)
def test_what_is_beyond_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidRequestException):
        check_configuration(settings)
