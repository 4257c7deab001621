"""Topic rules."""

from django.db import models

from iot.models.scoped import Scoped


class TopicRule(Scoped):
    name = models.CharField(max_length=128)
    sql = models.TextField()
    sql_version = models.CharField(max_length=16, default="2015-10-08")
    description = models.TextField(blank=True)
    actions = models.JSONField(default=list)
    error_action = models.JSONField(null=True)
    disabled = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "region", "name"], name="one_rule_per_name")]

    @property
    def arn(self) -> str:
        return self.scope.arn("rule", self.name)
