"""How far each user is in the tutorial, and what the tutorial has made for them."""

from django.conf import settings
from django.db import models

from iot.models.scoped import Scoped


class Tutorial(Scoped):
    """One user's run of the tutorial; `done` maps the steps that are proven to when (epoch seconds)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tutorials")
    thing_name = models.CharField(max_length=128, blank=True)
    certificate_id = models.CharField(max_length=64, blank=True)
    policy_name = models.CharField(max_length=128, blank=True)
    rule_name = models.CharField(max_length=128, blank=True)
    simulated = models.BooleanField(default=False)
    skipped = models.BooleanField(default=False)
    wish = models.JSONField(default=dict)
    done = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "region", "user"], name="one_tutorial_per_user")]
