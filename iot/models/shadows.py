"""Device shadows as rows."""

from django.db import models

from iot.models.scoped import Scoped


class Shadow(Scoped):
    """One shadow of a thing; `name` is empty for the classic one, `document` is the core's own JSON text.

    A deleted shadow stays as a row without a document, because its version goes on counting for 48 hours.
    """

    thing_name = models.CharField(max_length=128)
    name = models.CharField(max_length=64, blank=True)
    document = models.TextField(blank=True)
    version = models.PositiveBigIntegerField(default=0)
    updated_at = models.FloatField(default=0)
    deleted_at = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "region", "thing_name", "name"], name="one_shadow_per_name")
        ]


class ShadowVersion(Scoped):
    """One version of a shadow's past: who made it, when, and which keys it named.

    A shadow has as many of these rows as its history is long; a new version takes the place of the oldest (`slot`).
    """

    thing_name = models.CharField(max_length=128)
    name = models.CharField(max_length=64, blank=True)
    slot = models.PositiveIntegerField()
    version = models.PositiveBigIntegerField()
    at = models.FloatField()
    actor = models.CharField(max_length=200, blank=True)
    keys = models.JSONField(default=list)
    document = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "region", "thing_name", "name", "slot"], name="one_shadow_version_per_slot"
            )
        ]
