"""Rates of calls: AWS's quotas for an account, times a factor; counted by each process for itself."""

from django.conf import settings
from rest_framework.throttling import BaseThrottle

from iot.core.errors import ThrottlingException
from iot.services.rates import spend

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
        quota = QUOTAS.get(operation.name, DEFAULT_QUOTA) * settings.QUOTA_FACTOR
        if not spend(f"{who.scope.account}/{who.scope.region}/{operation.name}", quota):
            raise ThrottlingException("Rate exceeded")
        return True
