"""What the gateway has refused, for the console's page of refusals."""

from django.db import models

from iot.models.scoped import Scoped


class Refusal(Scoped):
    """One refused action of a client, `count` times since `first_at`; times are epoch seconds.

    `policy`, `statement_index` and `statement` name the statement that denied; an implicit denial has none.
    """

    at = models.FloatField()
    first_at = models.FloatField()
    client_id = models.CharField(max_length=128, blank=True)
    principal = models.CharField(max_length=255, blank=True)
    address = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=64)
    resource = models.CharField(max_length=1024, blank=True)
    reason = models.CharField(max_length=200)
    policy = models.CharField(max_length=128, blank=True)
    statement_index = models.PositiveIntegerField(null=True)
    statement = models.JSONField(null=True)
    count = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(fields=["account", "region", "-id"], name="refusals_newest_first"),
            models.Index(fields=["account", "region", "client_id", "-id"], name="refusals_of_a_client"),
        ]
