"""The recorder: the last messages on the filters that someone asked to record, for trying rules out on them.

Nothing is recorded unless asked. What is recorded is bounded in number a filter and in the time that recording lasts.
"""

import time
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from iot.bridge.outbox import announce, pack, unpack
from iot.core import errors
from iot.core.arn import Scope
from iot.core.message import Message
from iot.core.topic import validate_filter
from iot.models import RecentMessage
from iot.services import account_settings

SETTING = "recorder.filters"
KEPT = 500
MOST_FILTERS = 10
LONGEST_SECONDS = 24 * 3600


def recorded_filters(scope: Scope) -> dict[str, float]:
    """Answer the filters that are recorded now, with the epoch second at which each ends."""
    now = time.time()
    stored: dict[str, Any] = account_settings.read(scope, SETTING, {})
    return {topic_filter: ends for topic_filter, ends in stored.items() if ends > now}


def start(scope: Scope, *, topic_filter: str, seconds: int = 3600) -> None:
    """Record the messages that a filter matches for some time. Raises InvalidRequestException."""
    validate_filter(topic_filter)
    if len(topic_filter) > 512 or not 0 < seconds <= LONGEST_SECONDS:
        raise errors.InvalidRequestException("Recording lasts up to a day, on a filter of up to 512 characters")
    with transaction.atomic():
        filters = recorded_filters(scope)
        if topic_filter not in filters and len(filters) >= MOST_FILTERS:
            raise errors.LimitExceededException(f"At most {MOST_FILTERS} filters are recorded at once")
        account_settings.write(scope, SETTING, {**filters, topic_filter: time.time() + seconds})
        announce("recorder", topic_filter, scope)


def stop(scope: Scope, *, topic_filter: str) -> None:
    """Record a filter no longer; what is recorded is deleted."""
    with transaction.atomic():
        filters = recorded_filters(scope)
        filters.pop(topic_filter, None)
        account_settings.write(scope, SETTING, filters)
        _rows(scope, topic_filter).delete()
        announce("recorder", topic_filter, scope)


def keep(scope: Scope, entries: Sequence[tuple[str, float, Message]]) -> None:
    """Keep messages as (filter, epoch seconds, message); of each filter the newest stay."""
    with transaction.atomic():
        RecentMessage.objects.bulk_create(
            RecentMessage(
                account=scope.account,
                region=scope.region,
                topic_filter=topic_filter,
                at=at,
                topic=message.topic,
                message=pack([message]),
            )
            for topic_filter, at, message in entries
        )
        for topic_filter in {entry[0] for entry in entries}:
            oldest = _rows(scope, topic_filter).order_by("-id").values_list("id", flat=True)[KEPT : KEPT + 1].first()
            if oldest is not None:
                _rows(scope, topic_filter).filter(id__lte=oldest).delete()


def recent(scope: Scope, *, topic_filter: str, limit: int = KEPT) -> list[tuple[float, Message]]:
    """Answer the recorded messages of a filter, oldest first."""
    rows = list(_rows(scope, topic_filter).order_by("-id")[:limit])
    return [(row.at, unpack(bytes(row.message))[0]) for row in reversed(rows)]


def _rows(scope: Scope, topic_filter: str) -> Any:
    return RecentMessage.objects.filter(account=scope.account, region=scope.region, topic_filter=topic_filter)
