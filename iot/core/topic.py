"""Topic names and filters: a small algebra of pure functions, and the reserved topics.

Two rules of matching are in use. MQTT's own: `a/#` matches `a` too. AWS's: `#` does not match the parent level. Under
both, a filter that begins with a wildcard does not match a topic that begins with `$` [MQTT-4.7.2-1].
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from iot.core import errors

MAXIMUM_BYTES = 256
MAXIMUM_SLASHES = 7
MAXIMUM_GROUP_BYTES = 128
MQTT_MAXIMUM_BYTES = 65_535
SHARE_PREFIX = "$share/"
RULES_PREFIX = "$aws/rules/"

_SHADOW = re.compile(r"\$aws/things/([^/]+)/shadow(?:/name/([^/]+))?/(get|update|delete)")
_JOBS = re.compile(r"\$aws/things/([^/]+)/jobs/(?:(get|start-next)|([^/]+)/(get|update))")
_CERTIFICATES = re.compile(r"\$aws/certificates/(create|create-from-csr)/(json|cbor)")
_PROVISION = re.compile(r"\$aws/provisioning-templates/([^/]+)/provision/(json|cbor)")
_RULE = re.compile(r"\$aws/rules/([^/]+)/(.*)", re.DOTALL)

_PUBLISHED = re.compile(
    r"\$aws/(?:"
    r"things/[^/]+/shadow(?:/name/[^/]+)?/(?:get|update|delete)"
    r"|things/[^/]+/jobs/(?:get|start-next|[^/]+/(?:get|update))"
    r"|things/[^/]+/defender/metrics/(?:json|cbor)"
    r"|things/[^/]+/streams/[^/]+/(?:get|describe)/(?:json|cbor)"
    r"|commands/(?:things|clients)/[^/]+/executions/[^/]+/response/(?:json|cbor)"
    r"|certificates/create(?:-from-csr)?/(?:json|cbor)"
    r"|provisioning-templates/[^/]+/provision/(?:json|cbor)"
    r"|rules/[^/]+/.+"
    r")",
    re.DOTALL,
)


def validate_topic(topic: str) -> None:
    """Demand a topic name that can be published to [MQTT-3.3.2-2]. Raises InvalidRequestException."""
    _check_text(topic, "topic")
    if "+" in topic or "#" in topic:
        raise errors.InvalidRequestException("A topic name cannot contain the wildcards + and #")


def validate_filter(topic_filter: str) -> None:
    """Demand a topic filter that can be subscribed to [MQTT-4.7.1]. Raises InvalidRequestException."""
    _check_text(topic_filter, "topic filter")
    levels = topic_filter.split("/")
    for index, level in enumerate(levels):
        if "#" in level and (level != "#" or index != len(levels) - 1):
            raise errors.InvalidRequestException("The wildcard # must be the last level of a topic filter, alone")
        if "+" in level and level != "+":
            raise errors.InvalidRequestException("The wildcard + must stand alone in its level of a topic filter")


def is_publishable(topic: str) -> bool:
    """Say whether devices and rules may publish to a topic, as far as reserved topics go.

    Of the topics that begin with `$` these are AWS's documented requests; others are the broker's, ours, or nobody's.
    """
    return not topic.startswith("$") or _PUBLISHED.fullmatch(topic) is not None


def within_aws_limits(topic: str) -> bool:
    """Say whether a topic or filter has at most 256 bytes and 7 slashes, without what Basic Ingest and $share add.

    The group of a shared subscription has at most 128 bytes.
    """
    rest = topic
    if topic.startswith(RULES_PREFIX):
        rest = topic[len(RULES_PREFIX) :].partition("/")[2]
    elif topic.startswith(SHARE_PREFIX):
        group, _, rest = topic[len(SHARE_PREFIX) :].partition("/")
        if len(group.encode()) > MAXIMUM_GROUP_BYTES:
            return False
    return len(rest.encode()) <= MAXIMUM_BYTES and rest.count("/") <= MAXIMUM_SLASHES


def matches(topic_filter: str, topic: str, *, parent: bool = True) -> bool:
    """Say whether a filter matches a topic; `parent` tells whether `a/#` matches `a` (MQTT's rule)."""
    if topic_filter == topic:
        return True
    if topic.startswith("$") and topic_filter[:1] in ("+", "#"):
        return False
    wanted, given = topic_filter.split("/"), topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return parent or index < len(given)
        if index >= len(given) or level not in ("+", given[index]):
            return False
    return len(wanted) == len(given)


def is_subset(inner: str, outer: str) -> bool:
    """Say whether every topic that one filter matches is matched by another."""
    if outer[:1] in ("+", "#") and inner.startswith("$"):
        return False
    ours, theirs = inner.split("/"), outer.split("/")
    for index, level in enumerate(theirs):
        if level == "#":
            return True
        if index >= len(ours) or ours[index] == "#" or level not in ("+", ours[index]):
            return False
    return len(ours) == len(theirs)


def overlap(one: str, other: str) -> bool:
    """Say whether there is a topic that both filters match."""
    if (one.startswith("$") and other[:1] in ("+", "#")) or (other.startswith("$") and one[:1] in ("+", "#")):
        return False
    ours, theirs = one.split("/"), other.split("/")
    for index in range(max(len(ours), len(theirs))):
        here = ours[index] if index < len(ours) else None
        there = theirs[index] if index < len(theirs) else None
        if here == "#" or there == "#":
            return True
        if here is None or there is None or (here != there and "+" not in (here, there)):
            return len(ours) == index and there == "#"
    return True


def cover(filters: Iterable[str]) -> tuple[str, ...]:
    """Answer filters that match at least what the given ones match, no two of which overlap.

    A broker delivers a message twice to a shared subscription whose filters overlap, so where two filters overlap and
    neither holds the other, both give way to the filter of the levels that they share.
    """
    found: list[str] = []
    waiting = sorted(set(filters))
    while waiting:
        candidate = waiting.pop()
        clash = next((one for one in found if overlap(one, candidate)), None)
        if clash is None:
            found.append(candidate)
        elif not is_subset(candidate, clash):
            found.remove(clash)
            waiting.append(candidate if is_subset(clash, candidate) else _join(clash, candidate))
    return tuple(sorted(found))


def _join(one: str, other: str) -> str:
    shared: list[str] = []
    ours, theirs = one.split("/"), other.split("/")
    for here, there in zip(ours, theirs, strict=False):
        if here == "#" or there == "#":
            return "/".join([*shared, "#"])
        shared.append(here if here == there else "+")
    return "/".join(shared if len(ours) == len(theirs) else [*shared, "#"])


def split_share(topic_filter: str) -> tuple[str | None, str]:
    """Split `$share/group/filter` into group and filter; the group of another filter is None."""
    if not topic_filter.startswith(SHARE_PREFIX):
        return None, topic_filter
    group, _, rest = topic_filter[len(SHARE_PREFIX) :].partition("/")
    if not group or not rest or "+" in group or "#" in group:
        raise errors.InvalidRequestException("A shared subscription has the form $share/name/filter")
    return group, rest


class Area(StrEnum):
    """What a reserved topic belongs to."""

    SHADOW = "shadow"
    JOBS = "jobs"
    CERTIFICATES = "certificates"
    PROVISION = "provision"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Reserved:
    """A request on a reserved topic: what it asks of whom; `detail` is a shadow's name, a job's id, or a format."""

    area: Area
    subject: str
    operation: str
    detail: str = ""


def parse_reserved(topic: str) -> Reserved | None:
    """Read a topic that one of our services answers, or a Basic Ingest topic; None for any other."""
    if not topic.startswith("$aws/"):
        return None
    if match := _SHADOW.fullmatch(topic):
        return Reserved(Area.SHADOW, match[1], match[3], match[2] or "")
    if match := _RULE.fullmatch(topic):
        return Reserved(Area.RULE, match[1], "ingest", match[2])
    if match := _JOBS.fullmatch(topic):
        return Reserved(Area.JOBS, match[1], match[2] or match[4], match[3] or "")
    if match := _CERTIFICATES.fullmatch(topic):
        return Reserved(Area.CERTIFICATES, "", match[1], match[2])
    if match := _PROVISION.fullmatch(topic):
        return Reserved(Area.PROVISION, match[1], "provision", match[2])
    return None


def _check_text(text: str, what: str) -> None:
    if not text:
        raise errors.InvalidRequestException(f"A {what} cannot be empty")
    if "\0" in text:
        raise errors.InvalidRequestException(f"A {what} cannot contain the character NUL")
    if len(text.encode("utf-8", "surrogatepass")) > MQTT_MAXIMUM_BYTES:
        raise errors.InvalidRequestException(f"A {what} has at most {MQTT_MAXIMUM_BYTES} bytes")
