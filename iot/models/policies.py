"""Policies, their versions, and what they are attached to."""

from django.db import models

from iot.models.scoped import Scoped


class Policy(Scoped):
    name = models.CharField(max_length=128)
    default_version = models.PositiveIntegerField(default=1)
    last_version = models.PositiveIntegerField(default=1)
    generation_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "region", "name"], name="one_policy_per_name")]

    @property
    def arn(self) -> str:
        return self.scope.arn("policy", self.name)


class PolicyVersion(models.Model):
    """One version of a policy; `document` is kept byte for byte as it was given."""

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "number"], name="one_policy_version_per_number")]


class PolicyAttachment(models.Model):
    """A policy attached to a target: the ARN of a certificate or thing group, or a Cognito identity id."""

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="attachments")
    target = models.CharField(max_length=255, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "target"], name="one_attachment_per_target")]
