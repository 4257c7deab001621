"""Counted figures: by the minute for charts, and in total for those who scrape."""

from django.db import models

from iot.models.scoped import Scoped


class MetricMinute(Scoped):
    """What was added to one metric during one minute, which is its epoch seconds."""

    minute = models.BigIntegerField()
    name = models.CharField(max_length=64)
    dimension = models.CharField(max_length=255, blank=True)
    value = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "region", "name", "dimension", "minute"], name="one_value_per_metric_and_minute"
            )
        ]
        indexes = [models.Index(fields=["account", "region", "minute"], name="metrics_by_minute")]


class MetricTotal(Scoped):
    """The sum of one metric since the installation began."""

    name = models.CharField(max_length=64)
    dimension = models.CharField(max_length=255, blank=True)
    value = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "region", "name", "dimension"], name="one_total_per_metric")
        ]
