"""Topic rule destinations: whom rules may send HTTP requests to, once the owner of the URL has confirmed.

The confirmation request itself is the bridge's to send (`iot.rules.confirmed`): a destination that is in progress
is announced, and the bridge posts the token to its URL.
"""

import secrets
import uuid
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.arn import Scope, parse_arn
from iot.models import TopicRuleDestination
from iot.services.web import shared

ENABLED, IN_PROGRESS, DISABLED, ERROR = "ENABLED", "IN_PROGRESS", "DISABLED", "ERROR"
MAXIMUM_URL = 2000
TRUSTED_REASON = "No confirmation is asked of hosts that the settings name"


def destinations(scope: Scope) -> QuerySet[TopicRuleDestination]:
    """Select the destinations, in the order of their creation."""
    return TopicRuleDestination.objects.filter(account=scope.account, region=scope.region).order_by("id")


def find_destination(scope: Scope, arn: str) -> TopicRuleDestination:
    """Find a destination. AWS answers UnauthorizedException for one that does not exist."""
    parsed = parse_arn(arn)
    kind, _, identifier = parsed.name.partition("/") if parsed is not None else ("", "", "")
    try:
        wanted = uuid.UUID(identifier)
    except ValueError:
        raise errors.InvalidRequestException(f"{arn} is not the ARN of a topic rule destination") from None
    row = destinations(scope).filter(kind=kind, destination_id=wanted).first()
    if row is None:
        raise errors.UnauthorizedException(f"Access to topic rule destination '{arn}' was denied")
    return row


def create_topic_rule_destination(scope: Scope, *, destination_configuration: dict[str, Any]) -> TopicRuleDestination:
    """Create a destination; an HTTP one is in progress until it is confirmed."""
    if http := destination_configuration.get("httpUrlConfiguration"):
        return _create_http(scope, http["confirmationUrl"])
    if vpc := destination_configuration.get("vpcConfiguration"):
        # There is no private cloud to reach into: the brokers of a kafka action are reached as they are named.
        return TopicRuleDestination.objects.create(
            account=scope.account, region=scope.region, kind="vpc", properties=vpc, status=ENABLED
        )
    raise errors.InvalidRequestException("A destination needs an httpUrlConfiguration or a vpcConfiguration")


def ensure(scope: Scope, url: str) -> None:
    """Create a destination for a rule's URL, unless there is one that the URL belongs to."""
    if "${" not in url and find_for(scope, url) is None:
        _create_http(scope, url)


def find_for(scope: Scope, url: str) -> TopicRuleDestination | None:
    """Find the destination that a URL belongs to: the one whose URL it begins with, enabled ones first."""
    rows = [row for row in destinations(scope).filter(kind="http") if covers(row.url, url)]
    return min(rows, key=lambda row: (row.status != ENABLED, -len(row.url)), default=None)


def covers(base: str, url: str) -> bool:
    """Say whether a confirmed URL speaks for another: same scheme and authority, and a prefix of its path."""
    ours, theirs = urlsplit(base), urlsplit(url)
    if (ours.scheme, ours.netloc.lower()) != (theirs.scheme, theirs.netloc.lower()):
        return False
    path = ours.path.rstrip("/")
    return base == url or theirs.path == path or theirs.path.startswith(path + "/")


def update_topic_rule_destination(scope: Scope, *, arn: str, status: str) -> None:
    """Enable or disable a destination, or have the confirmation sent again (IN_PROGRESS)."""
    if status not in (ENABLED, DISABLED, IN_PROGRESS):
        raise errors.InvalidRequestException(f"A destination cannot be set to {status}")
    with transaction.atomic():
        row = find_destination(scope, arn)
        if status == IN_PROGRESS:
            row.token = secrets.token_urlsafe(32)
        if status == ENABLED and row.kind == "http" and row.token:
            raise errors.InvalidRequestException("The destination is not confirmed yet")
        row.status, row.status_reason = status, ""
        row.save(update_fields=["status", "status_reason", "token", "modified_at"])
        announce("destinations", str(row.destination_id), scope)


def confirm_topic_rule_destination(scope: Scope, *, confirmation_token: str) -> None:
    """Enable the destination that a token was sent to."""
    row = destinations(scope).filter(token=confirmation_token).first() if confirmation_token else None
    if row is None:
        raise errors.UnauthorizedException("The confirmation token is not known")
    with transaction.atomic():
        row.status, row.status_reason, row.token = ENABLED, "", ""
        row.save(update_fields=["status", "status_reason", "token", "modified_at"])
        announce("destinations", str(row.destination_id), scope)


def trust(scope: Scope, *, arn: str) -> None:
    """Enable a destination without its confirmation; for operators who know its owner."""
    row = find_destination(scope, arn)
    with transaction.atomic():
        row.status, row.status_reason, row.token = ENABLED, "Enabled by an operator", ""
        row.save(update_fields=["status", "status_reason", "token", "modified_at"])
        announce("destinations", str(row.destination_id), scope)


def set_status(scope: Scope, *, arn: str, status: str, reason: str) -> None:
    """Note what came of sending a confirmation."""
    row = find_destination(scope, arn)
    row.status, row.status_reason = status, reason[:500]
    row.save(update_fields=["status", "status_reason", "modified_at"])


def delete_topic_rule_destination(scope: Scope, *, arn: str) -> None:
    """Delete a destination."""
    with transaction.atomic():
        row = find_destination(scope, arn)
        row.delete()
        announce("destinations", str(row.destination_id), scope)


def describe(row: TopicRuleDestination) -> dict[str, Any]:
    """Answer AWS's TopicRuleDestination structure."""
    found = _described(row)
    if row.kind == "http":
        found["httpUrlProperties"] = {"confirmationUrl": row.url}
    else:
        found["vpcProperties"] = row.properties
    return found


def summary(row: TopicRuleDestination) -> dict[str, Any]:
    """Answer a row of ListTopicRuleDestinations."""
    found = _described(row)
    if row.kind == "http":
        found["httpUrlSummary"] = {"confirmationUrl": row.url}
    else:
        found["vpcDestinationSummary"] = row.properties
    return found


def _described(row: TopicRuleDestination) -> dict[str, Any]:
    return {
        "arn": row.arn,
        "status": row.status,
        "createdAt": row.created_at,
        "lastUpdatedAt": row.modified_at,
        "statusReason": row.status_reason or None,
    }


def _create_http(scope: Scope, url: str) -> TopicRuleDestination:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or len(url) > MAXIMUM_URL:
        raise errors.InvalidRequestException("A destination needs an https URL of at most 2000 characters")
    if destinations(scope).filter(kind="http", url=url).exists():
        raise errors.ResourceAlreadyExistsException(f"There is a destination for {url}")
    trusted = shared(tuple(settings.TRUSTED_HTTP_HOSTS)).is_trusted(parts.hostname)
    with transaction.atomic():
        row = TopicRuleDestination.objects.create(
            account=scope.account,
            region=scope.region,
            kind="http",
            url=url,
            status=ENABLED if trusted else IN_PROGRESS,
            status_reason=TRUSTED_REASON if trusted else "",
            token="" if trusted else secrets.token_urlsafe(32),
        )
        announce("destinations", str(row.destination_id), scope)
    return row
