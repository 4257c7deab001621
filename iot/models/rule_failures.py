"""What rules could not do: requests that wait for another try, and those that are given up."""

from django.db import models
from django.db.models import Q

from iot.models.scoped import Scoped


class RuleFailure(Scoped):
    """One request of a rule's action that failed, with all that trying it again needs.

    It is due at `next_at`, or given up when that is null (a dead letter). `claims` counts how often it was taken since
    its last outcome was written, so that a request that kills its worker is given up. `action_index` is -1 for the
    error action. A failed evaluation has neither action nor request. Times are epoch seconds.
    """

    rule = models.CharField(max_length=128)
    action = models.CharField(max_length=32, blank=True)
    action_index = models.IntegerField(default=0)
    resource = models.CharField(max_length=512, blank=True)
    topic = models.TextField(blank=True)
    trace = models.CharField(max_length=36, blank=True)
    message = models.BinaryField()
    request = models.BinaryField()
    reason = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    claims = models.PositiveIntegerField(default=0)
    created_at = models.FloatField()
    last_at = models.FloatField()
    next_at = models.FloatField(null=True)
    leased_until = models.FloatField(default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["account", "region", "next_at"], name="failures_due", condition=Q(next_at__isnull=False)
            ),
            models.Index(fields=["account", "region", "-id"], name="failures_newest_first"),
            models.Index(fields=["account", "region", "rule", "-id"], name="failures_of_a_rule"),
        ]
