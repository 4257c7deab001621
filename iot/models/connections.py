"""Client connections as their presence events tell of them."""

from django.db import models
from django.db.models import F, Func
from django.db.models.functions import Greatest

from iot.models.scoped import Scoped

# When a connection was last made or ended; with the 0 as it stands, since an index with a parameter is never used
CHANGED_AT = Greatest(
    Func(F("connected_at"), template="COALESCE(%(expressions)s, 0)", output_field=models.BigIntegerField()),
    Func(F("disconnected_at"), template="COALESCE(%(expressions)s, 0)", output_field=models.BigIntegerField()),
)


class Connection(Scoped):
    """The last known connection of a client id; times are epoch milliseconds, as in the events.

    `displaced` counts how often another connection took its client id over, `displaced_at` is the last time.
    `history` holds the last events as [time, kind, what people want to know of it].
    """

    client_id = models.CharField(max_length=128)
    connected = models.BooleanField(default=False)
    session = models.CharField(max_length=64, blank=True)
    version = models.BigIntegerField(default=0)
    principal = models.CharField(max_length=255, blank=True)
    address = models.CharField(max_length=64, blank=True)
    connected_at = models.BigIntegerField(null=True)
    disconnected_at = models.BigIntegerField(null=True)
    disconnect_reason = models.CharField(max_length=40, blank=True)
    displaced = models.PositiveIntegerField(default=0)
    displaced_at = models.BigIntegerField(null=True)
    subscriptions = models.JSONField(default=dict)
    details = models.JSONField(default=dict)
    history = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "region", "client_id"], name="one_row_per_client")]
        indexes = [
            models.Index(fields=["account", "region", "connected", "client_id"], name="connections_by_state"),
            models.Index("account", "region", CHANGED_AT, name="connections_by_change"),
            models.Index(fields=["account", "region", "displaced_at"], name="connections_displaced"),
        ]
