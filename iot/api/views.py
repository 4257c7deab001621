"""The one view of the AWS API: a DRF APIView with each concern in DRF's own seat.

Authentication, permission and throttling are DRF's classes; routing, parsing, validation and serializing follow the
service model. An error becomes an answer in DRF's exception handler.
"""

import logging
import uuid
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.views import APIView

from iot.api import authentication, errors, parser, registry, router, serializer, validator
from iot.api.authentication import Authenticated, SignatureOrToken
from iot.api.model import Operation
from iot.api.permissions import RoleAndPolicy, reads
from iot.api.registry import Caller
from iot.api.throttles import Quota
from iot.core.errors import AwsError, InternalFailureException
from iot.services import audit

log = logging.getLogger(__name__)

MAXIMUM_BODY = 1024 * 1024
ALL_SERVICES = ("iot", "iot-data", "iot-jobs-data")


class ApiView(APIView):
    """Authenticates, routes, parses, checks and serves every call below /api/."""

    authentication_classes = [SignatureOrToken]
    permission_classes = [RoleAndPolicy]
    throttle_classes = [Quota]
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]

    operation: Operation | None = None
    labels: dict[str, str]
    request_id = ""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        self.request_id = str(uuid.uuid4())
        try:
            if len(request.body) > MAXIMUM_BODY:
                raise too_large()
            answered = self._serve(self.initialize_request(request))
        except Exception as error:
            answered = self._render(error)
        status, headers, body = answered
        response = HttpResponse(b"" if request.method == "HEAD" else body, status=status, headers=headers)
        response["x-amzn-RequestId"] = self.request_id
        response["Cache-Control"] = "no-store"
        return response

    def _serve(self, request: Any) -> tuple[int, dict[str, str], bytes]:
        who: Authenticated = request.user
        self.operation, self.labels = route(who.service, request.method, authentication.raw_path(request._request))
        operation = self.operation
        handler = registry.served().get((operation.service, operation.name))
        if handler is None:
            raise errors.NotServed(f"{operation.name} is not served by Thingstead")
        self.check_permissions(request)
        self.check_throttles(request)
        parameters = parser.parse(
            operation,
            self.labels,
            request.META.get("QUERY_STRING", ""),
            authentication.headers_of(request),
            request._request.body,
        )
        validator.validate(operation, parameters)
        caller = self._caller(request, who)
        outcome = "ok"
        try:
            answer = handler(caller, **{registry.keyword(name): value for name, value in parameters.items()})
        except Exception as error:
            outcome = error.code if isinstance(error, AwsError) else "InternalFailureException"
            raise
        finally:
            self._audit(caller, outcome)
        return serializer.serialize(operation, answer)

    def _caller(self, request: Any, who: Authenticated) -> Caller:
        return Caller(
            who.scope,
            who.identity.principal,
            who.identity.role,
            request.META.get("REMOTE_ADDR") or "",
            self.request_id,
            f"{request._request.scheme}://{request.META.get('HTTP_HOST', '')}",
        )

    def _audit(self, caller: Caller, outcome: str) -> None:
        operation = self.operation
        if operation is None or reads(operation):
            return
        if operation.service == "iot-data" and not settings.AUDIT_DATA_PLANE:
            return
        audit.record(
            caller.scope,
            actor=caller.principal,
            channel="api",
            operation=operation.name,
            resource="/".join(self.labels.values()),
            address=caller.address,
            outcome=outcome,
            request_id=caller.request_id,
        )

    def _render(self, error: Exception) -> tuple[int, dict[str, str], bytes]:
        if isinstance(error, RequestDataTooBig):
            error = too_large()
        if not isinstance(error, AwsError):
            log.error("Request %s failed", self.request_id, exc_info=error)
            error = InternalFailureException(f"An internal failure; see the log for request {self.request_id}")
        return errors.render(error, self.operation)


def too_large() -> AwsError:
    """Make the error of a body that is too large."""
    return errors.RequestRefused("RequestEntityTooLargeException", "The request is too large")


def route(service: str | None, method: str, path: str) -> tuple[Operation, dict[str, str]]:
    """Find the operation of a request and its labels. Raises UnknownOperationException, MethodNotAllowedException."""
    _, _, below = path.partition("/api/")
    exists = False
    for one in (service,) if service else ALL_SERVICES:
        operation, labels, found = router.route(one, method, below)
        if operation is not None:
            return operation, labels
        exists = exists or found
    if exists:
        raise errors.RequestRefused("MethodNotAllowedException", f"{method} is not allowed on {path}")
    raise errors.RequestRefused("UnknownOperationException", f"There is no operation for {method} {path}")


view = csrf_exempt(ApiView.as_view())
