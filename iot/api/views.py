"""The one view of the AWS API: a DRF APIView with each concern in DRF's own seat."""

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
from iot.api.registry import Caller
from iot.core.errors import AwsError, InternalFailureException
from iot.services import audit
from iot.services.access import may_change

log = logging.getLogger(__name__)

READS = ("Describe", "Get", "List", "Search", "Test", "Validate")
MAXIMUM_BODY = 1024 * 1024


def may(role: str, operation: Operation) -> bool:
    """Say whether a role may call an operation: a viewer reads, an operator and an admin change."""
    return may_change(role) or operation.name.startswith(READS)


class ApiView(APIView):
    """Authenticates, routes, parses, checks and serves every call below /api/."""

    authentication_classes = [SignatureOrToken]
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        request_id = str(uuid.uuid4())
        operation: Operation | None = None
        try:
            if len(request.body) > MAXIMUM_BODY:
                raise errors.RequestRefused("RequestEntityTooLargeException", "The request is too large")
            drf = self.initialize_request(request)
            who: Authenticated = drf.user  # type: ignore[assignment]  # our authentication answers this
            operation, labels = _route(who, request)
            status, headers, body = _serve(who, operation, labels, request, request_id)
        except AwsError as error:
            status, headers, body = errors.render(error, operation)
        except RequestDataTooBig:
            refusal = errors.RequestRefused("RequestEntityTooLargeException", "The request is too large")
            status, headers, body = errors.render(refusal, operation)
        except Exception:
            log.exception("Request %s failed", request_id)
            failure = InternalFailureException(f"An internal failure; see the log for request {request_id}")
            status, headers, body = errors.render(failure, operation)
        response = HttpResponse(b"" if request.method == "HEAD" else body, status=status, headers=headers)
        response["x-amzn-RequestId"] = request_id
        response["Cache-Control"] = "no-store"
        return response


def _route(who: Authenticated, request: Any) -> tuple[Operation, dict[str, str]]:
    path = authentication.raw_path(request)
    _, _, below = path.partition("/api/")
    services = [who.service] if who.service else ["iot", "iot-data", "iot-jobs-data"]
    exists = False
    for service in services:
        operation, labels, found = router.route(service, request.method, below)
        if operation is not None:
            return operation, labels
        exists = exists or found
    if exists:
        raise errors.RequestRefused("MethodNotAllowedException", f"{request.method} is not allowed on {path}")
    raise errors.RequestRefused("UnknownOperationException", f"There is no operation for {request.method} {path}")


def _serve(
    who: Authenticated, operation: Operation, labels: dict[str, str], request: Any, request_id: str
) -> tuple[int, dict[str, str], bytes]:
    handler = registry.served().get((operation.service, operation.name))
    if handler is None:
        raise errors.NotServed(f"{operation.name} is not served by Thingstead")
    identity = who.identity
    if not may(identity.role, operation):
        name = "ForbiddenException" if operation.service == "iot-data" else "AccessDeniedException"
        raise errors.RequestRefused(name, f"The role {identity.role} of {identity.principal} may not {operation.name}")
    headers = {name.lower(): value for name, value in request.headers.items()}
    parameters = parser.parse(operation, labels, request.META.get("QUERY_STRING", ""), headers, request.body)
    validator.validate(operation, parameters)
    caller = Caller(
        who.scope,
        identity.principal,
        identity.role,
        request.META.get("REMOTE_ADDR") or "",
        request_id,
        request.build_absolute_uri("/")[:-1],
    )
    changes = not operation.name.startswith(READS)
    outcome = "ok"
    try:
        answer = handler(caller, **{registry.keyword(name): value for name, value in parameters.items()})
    except AwsError as error:
        outcome = error.code
        raise
    finally:
        if changes and (operation.service != "iot-data" or settings.AUDIT_DATA_PLANE):
            _record(caller, operation, labels, outcome)
    return serializer.serialize(operation, answer)


def _record(caller: Caller, operation: Operation, labels: dict[str, str], outcome: str) -> None:
    audit.record(
        caller.scope,
        actor=caller.principal,
        channel="api",
        operation=operation.name,
        resource="/".join(labels.values()),
        address=caller.address,
        outcome=outcome,
        request_id=caller.request_id,
    )


view = csrf_exempt(ApiView.as_view())
