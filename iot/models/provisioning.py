"""Provisioning templates with their versions, certificates waiting for their owners, and bulk registrations."""

from django.db import models

from iot.models.scoped import Scoped


class ProvisioningTemplate(Scoped):
    name = models.CharField(max_length=36)
    description = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=24, default="FLEET_PROVISIONING")
    enabled = models.BooleanField(default=False)
    role_arn = models.CharField(max_length=2048)
    hook = models.JSONField(null=True)
    default_version = models.PositiveIntegerField(default=1)
    last_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "region", "name"], name="one_provisioning_template")]

    @property
    def arn(self) -> str:
        return self.scope.arn("provisioningtemplate", self.name)


class ProvisioningTemplateVersion(models.Model):
    template = models.ForeignKey(ProvisioningTemplate, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="one_template_version_per_number")]


class OwnershipToken(Scoped):
    """Proof that whoever asked for a certificate over MQTT is the one who provisions it; only its SHA-256 is kept."""

    digest = models.CharField(max_length=64, unique=True)
    certificate_id = models.CharField(max_length=64)
    expires_at = models.FloatField(db_index=True)


class ThingRegistrationTask(Scoped):
    """A bulk registration: one line of the input file after the other, `line` is the next, at the byte `offset`."""

    task_id = models.CharField(max_length=40, unique=True)
    template_body = models.TextField()
    bucket = models.CharField(max_length=256)
    key = models.CharField(max_length=1024)
    role_arn = models.CharField(max_length=2048)
    status = models.CharField(max_length=16, default="InProgress")
    message = models.TextField(blank=True)
    line = models.PositiveBigIntegerField(default=0)
    offset = models.PositiveBigIntegerField(default=0)
    lines = models.PositiveBigIntegerField(default=0)
    succeeded = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)
