"""Who is in a dynamic group: kept up with the index, thing by thing as they change, or whole when a group is made."""

from collections.abc import Mapping, Sequence

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from iot.core.arn import Scope
from iot.core.search.entries import Entry
from iot.core.search.match import matches
from iot.core.search.query import parse_query
from iot.models import Thing, ThingGroup, ThingGroupMember
from iot.services import registry_events

MAXIMUM_GROUPS = 10
BATCH = 1_000


def dynamic_groups(scope: Scope) -> QuerySet[ThingGroup]:
    """Select the dynamic groups, oldest first: an older group wins where a thing can be in no more."""
    rows = ThingGroup.objects.filter(account=scope.account, region=scope.region).exclude(query_string="")
    return rows.order_by("pk")


def follow(scope: Scope, things: Sequence[Thing], entries: Mapping[int, Sequence[Entry]]) -> None:
    """Put things whose documents are made anew into the groups whose queries they match, and out of the others."""
    for group in dynamic_groups(scope):
        node = parse_query(group.query_string)
        wanted = {thing.pk: thing for thing in things if matches(node, entries[thing.pk])}
        present = ThingGroupMember.objects.filter(group=group, thing__in=things).select_related("thing")
        for member in present.exclude(thing__in=list(wanted)):
            registry_events.thing_group_membership(group, member.thing, "REMOVED")
            member.delete()
        missing = Thing.objects.filter(pk__in=list(wanted))
        add(group, missing)


def fill(group: ThingGroup, rows: QuerySet[Thing]) -> None:
    """Make a group hold exactly these things, as far as their limits allow."""
    leaving = ThingGroupMember.objects.filter(group=group).exclude(thing__in=rows.values("pk"))
    for member in leaving.select_related("thing").iterator(BATCH):
        registry_events.thing_group_membership(group, member.thing, "REMOVED")
        member.delete()
    add(group, rows)


def add(group: ThingGroup, rows: QuerySet[Thing]) -> None:
    """Put things into a group that are not in it and are in fewer than ten."""
    inside = ThingGroupMember.objects.filter(group=group, thing=OuterRef("pk"))
    fitting = rows.filter(~Exists(inside)).annotate(groups=Count("memberships")).filter(Q(groups__lt=MAXIMUM_GROUPS))
    while batch := list(fitting.order_by("pk")[:BATCH]):
        ThingGroupMember.objects.bulk_create([ThingGroupMember(group=group, thing=thing) for thing in batch])
        for thing in batch:
            registry_events.thing_group_membership(group, thing, "ADDED")
