"""The one view of the AWS API: a DRF APIView with each concern in DRF's own seat.

Authentication, permission and throttling are DRF's classes; routing, parsing, validation and serializing follow the
service model. An error becomes an answer in DRF's exception handler.
"""

import logging
import random
import uuid
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.views import APIView

from iot.api import authentication, errors, parser, registry, router, serializer, validator
from iot.api.authentication import Authenticated, SignatureOrToken
from iot.api.extensions import SERVICE
from iot.api.model import Operation
from iot.api.permissions import RoleAndPolicy, reads
from iot.api.registry import Caller, Handler
from iot.api.throttles import Quota
from iot.core.errors import AwsError, InternalFailureException, ServiceUnavailableException
from iot.services import audit

log = logging.getLogger(__name__)

MAXIMUM_BODY = 1024 * 1024
ALL_SERVICES = ("iot", "iot-data", "iot-jobs-data", SERVICE)
# What a signature for a service is good for.
REACHED = {"iot": ("iot", SERVICE), "iot-data": ("iot-data", SERVICE)}
Prepared = tuple[Handler, Caller, dict[str, Any]]


class ApiView(APIView):
    """Authenticates, routes, parses, checks and serves every call below /api/.

    A call has two halves, so that nothing but its work on the database is done while that is locked: `prepare` finds
    out what is asked and whether it may be, `execute` does it.
    """

    authentication_classes = [SignatureOrToken]
    permission_classes = [RoleAndPolicy]
    throttle_classes = [Quota]
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]

    operation: Operation | None = None
    labels: dict[str, str]
    is_head = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # A request id is no secret; asking the system for randomness would give up the GIL each time.
        self.request_id = str(uuid.UUID(int=random.getrandbits(128), version=4))

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        prepared = self.prepare(request)
        return prepared if isinstance(prepared, HttpResponse) else self.execute(*prepared)

    def prepare(self, request: Any) -> Prepared | HttpResponse:
        """Answer the handler of a request with its caller and parameters, or the refusal of it."""
        self.is_head = request.method == "HEAD"
        try:
            if len(request.body) > MAXIMUM_BODY:
                raise too_large()
            return self._prepare(self.initialize_request(request))
        except Exception as error:
            return self.refuse(error)

    def execute(self, handler: Handler, caller: Caller, parameters: dict[str, Any]) -> HttpResponse:
        """Carry out a prepared call, write its row of the audit, and answer."""
        outcome = "ok"
        try:
            try:
                answer = handler(caller, **parameters)
            except Exception as error:
                outcome = error.code if isinstance(error, AwsError) else "InternalFailureException"
                raise
            finally:
                self._audit(caller, outcome)
            return self._respond(*serializer.serialize(self._known, answer))
        except Exception as error:
            return self.refuse(error)

    def _prepare(self, request: Any) -> Prepared:
        who: Authenticated = request.user
        raw = request._request
        self.operation, self.labels = route(who.service, raw.method, authentication.raw_path(raw))
        handler = registry.served().get((self.operation.service, self.operation.name))
        if handler is None:
            raise errors.NotServed(f"{self.operation.name} is not served by Thingstead")
        self.check_permissions(request)
        self.check_throttles(request)
        headers = authentication.headers_of(raw)
        parameters = parser.parse(self.operation, self.labels, raw.META.get("QUERY_STRING", ""), headers, raw.body)
        validator.validate(self.operation, parameters)
        caller = Caller(
            who.scope,
            who.identity.principal,
            who.identity.role,
            raw.META.get("REMOTE_ADDR") or "",
            self.request_id,
            f"{raw.scheme}://{raw.META.get('HTTP_HOST', '')}",
        )
        return handler, caller, {registry.keyword(name): value for name, value in parameters.items()}

    @property
    def _known(self) -> Operation:
        if self.operation is None:
            raise TypeError("The call is not prepared")
        return self.operation

    def _audit(self, caller: Caller, outcome: str) -> None:
        operation = self._known
        if reads(operation) or (operation.service == "iot-data" and not settings.AUDIT_DATA_PLANE):
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

    def refuse(self, error: Exception) -> HttpResponse:
        """Answer an error."""
        if isinstance(error, RequestDataTooBig):
            error = too_large()
        if isinstance(error, OperationalError | InterfaceError):
            log.warning("Request %s was refused, the database does not answer: %s", self.request_id, error)
            error = ServiceUnavailableException("The database does not answer; nothing was changed. Try again.")
        if not isinstance(error, AwsError):
            log.error("Request %s failed", self.request_id, exc_info=error)
            error = InternalFailureException(f"An internal failure; see the log for request {self.request_id}")
        return self._respond(*errors.render(error, self.operation))

    def _respond(self, status: int, headers: dict[str, str], body: bytes) -> HttpResponse:
        response = HttpResponse(b"" if self.is_head else body, status=status, headers=headers)
        response["x-amzn-RequestId"] = self.request_id
        response["Cache-Control"] = "no-store"
        return response


def too_large() -> AwsError:
    """Make the error of a body that is too large."""
    return errors.RequestRefused("RequestEntityTooLargeException", "The request is too large")


def route(service: str | None, method: str, path: str) -> tuple[Operation, dict[str, str]]:
    """Find the operation of a request and its labels. Raises UnknownOperationException, MethodNotAllowedException."""
    _, _, below = path.partition("/api/")
    exists = False
    for one in REACHED.get(service, (service,)) if service else ALL_SERVICES:
        operation, labels, found = router.route(one, method, below)
        if operation is not None:
            return operation, labels
        exists = exists or found
    if exists:
        raise errors.RequestRefused("MethodNotAllowedException", f"{method} is not allowed on {path}")
    raise errors.RequestRefused("UnknownOperationException", f"There is no operation for {method} {path}")


view = csrf_exempt(ApiView.as_view())
