"""Where rules may send to: HTTP and VPC destinations of AWS's API, and what we add to a rule beyond AWS's actions."""

import uuid

from django.db import models

from iot.models.scoped import Scoped


class TopicRuleDestination(Scoped):
    """A destination that rules name by ARN or by URL; an HTTP one is used after its owner has confirmed it."""

    kind = models.CharField(max_length=8)
    destination_id = models.UUIDField(default=uuid.uuid4)
    url = models.CharField(max_length=2000, blank=True)
    properties = models.JSONField(default=dict)
    status = models.CharField(max_length=16)
    status_reason = models.CharField(max_length=500, blank=True)
    token = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "region", "destination_id"], name="one_destination_per_id")
        ]
        indexes = [models.Index(fields=["account", "region", "kind", "id"], name="destinations_in_order")]

    @property
    def arn(self) -> str:
        return self.scope.arn("ruledestination", f"{self.kind}/{self.destination_id}")


class AwsTarget(Scoped):
    """How one AWS service is reached, or all others where `service` is empty; the secret is sealed."""

    service = models.CharField(max_length=32, blank=True)
    endpoint_url = models.CharField(max_length=500, blank=True)
    region_name = models.CharField(max_length=32, blank=True)
    access_key_id = models.CharField(max_length=128, blank=True)
    sealed_secret = models.TextField(blank=True)
    assume_role = models.BooleanField(default=False)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "region", "service"], name="one_target_per_service")]


class LocalAction(Scoped):
    """An action of a rule that needs no AWS account: `kind` is table or file."""

    rule = models.CharField(max_length=128)
    kind = models.CharField(max_length=8)
    name = models.CharField(max_length=128)
    parameters = models.JSONField(default=dict)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "region", "rule", "kind", "name"], name="one_local_action")
        ]


class TableRow(Scoped):
    """One message in a table of our own, at an epoch millisecond; by its `trace` one that comes again counts once."""

    table = models.CharField(max_length=128)
    at = models.BigIntegerField()
    rule = models.CharField(max_length=128)
    topic = models.TextField()
    trace = models.CharField(max_length=48)
    data = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "region", "table", "rule", "trace"], name="one_row_per_trace")
        ]
        indexes = [models.Index(fields=["account", "region", "table", "at"], name="table_rows_by_time")]


class RecentMessage(Scoped):
    """A message that the recorder has seen on a filter; `message` is packed."""

    topic_filter = models.CharField(max_length=512)
    at = models.FloatField()
    topic = models.TextField()
    message = models.BinaryField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "region", "topic_filter", "-id"], name="recent_messages_of_a_filter")
        ]
