"""Rates of calls: AWS's quotas for an account, times a factor; counted by each process for itself."""

import time

from django.conf import settings
from rest_framework.throttling import BaseThrottle

from iot.core.errors import ThrottlingException

# Calls a second of an account in a region (general reference, "AWS IoT Core throttling limits").
QUOTAS = {
    "AttachPolicy": 15,
    "AttachThingPrincipal": 100,
    "CreateCertificateFromCsr": 15,
    "CreateKeysAndCertificate": 10,
    "CreatePolicy": 10,
    "CreateThing": 100,
    "CreateTopicRule": 5,
    "DeleteConnection": 100,
    "DeleteThing": 100,
    "DescribeThing": 350,
    "GetConnection": 100,
    "GetThingShadow": 4000,
    "ListSubscriptions": 100,
    "Publish": 20_000,
    "ReplaceTopicRule": 5,
    "SendDirectMessage": 20_000,
    "UpdateThing": 100,
    "UpdateThingShadow": 4000,
}
DEFAULT_QUOTA = 10


class Quota(BaseThrottle):
    """DRF's seat for throttling."""

    def allow_request(self, request: object, view: object) -> bool:
        who, operation = request.user, view.operation  # type: ignore[attr-defined]  # set by our authentication and view
        spend(f"{who.scope.account}/{who.scope.region}/{operation.name}", QUOTAS.get(operation.name, DEFAULT_QUOTA))
        return True


_buckets: dict[str, tuple[float, float]] = {}


def spend(key: str, quota: float) -> None:
    """Take one from a bucket that fills at its quota and holds two seconds of it. Raises ThrottlingException."""
    rate = quota * settings.QUOTA_FACTOR
    if not rate:
        return
    now = time.monotonic()
    held, at = _buckets.get(key, (2 * rate, now))
    held = min(2 * rate, held + (now - at) * rate)
    if held < 1:
        _buckets[key] = held, now
        raise ThrottlingException("Rate exceeded")
    _buckets[key] = held - 1, now
