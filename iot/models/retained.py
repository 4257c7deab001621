"""Retained messages as the bridge has seen them; the broker keeps its own for its subscribers."""

from django.db import models

from iot.models.scoped import Scoped


class RetainedMessage(Scoped):
    topic = models.CharField(max_length=512)
    payload = models.BinaryField()
    qos = models.PositiveSmallIntegerField()
    user_properties = models.JSONField(default=list)
    modified_at = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "region", "topic"], name="one_retained_per_topic")]
