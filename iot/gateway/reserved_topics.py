"""Which topics that begin with `$` a device may hear of at all, whatever its policies say: AWS's documented ones.

Everything else that begins with `$` is the broker's, ours, or nobody's.
"""

from iot.core import errors
from iot.core.topic import RULES_PREFIX, split_share

_SUBSCRIBED = frozenset({"things", "events", "certificates", "provisioning-templates", "commands", "+", "#"})
_DELIVERED = tuple(
    f"$aws/{area}/" for area in ("things", "events", "certificates", "provisioning-templates", "commands")
)


def is_subscribable(topic_filter: str, own_groups: frozenset[str] = frozenset()) -> bool:
    """Say whether a device may subscribe to a filter; our own shared groups are nobody else's."""
    if not topic_filter.startswith("$"):
        return True
    try:
        group, inner = split_share(topic_filter)
    except errors.InvalidRequestException:
        return False
    if group in own_groups:
        return False
    if not inner.startswith("$"):
        return True
    first, _, rest = inner.partition("/")
    return first == "$aws" and rest.partition("/")[0] in _SUBSCRIBED


def is_deliverable(topic: str) -> bool:
    """Say whether a message on a topic may reach a device; Basic Ingest and our own topics never do."""
    return not topic.startswith("$") or topic.startswith(_DELIVERED)


def is_ingest(topic: str) -> bool:
    """Say whether a topic is one of Basic Ingest, whose messages are not meant for subscribers."""
    return topic.startswith(RULES_PREFIX)
