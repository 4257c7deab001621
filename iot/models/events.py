"""Account-wide switches: which registry events are published, and how logging is set."""

from django.db import models

from iot.models.scoped import Scoped


class AccountSetting(Scoped):
    """One named setting of an account in a region, with a JSON value."""

    name = models.CharField(max_length=64)
    value = models.JSONField()
    modified_at = models.DateTimeField(auto_now=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "region", "name"], name="one_setting_per_name")]


class Tag(Scoped):
    """A tag of a resource that is named by its ARN."""

    resource = models.CharField(max_length=512)
    key = models.CharField(max_length=128)
    value = models.CharField(max_length=256, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "region", "resource", "key"], name="one_tag_per_key")]
