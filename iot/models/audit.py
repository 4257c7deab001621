"""Who changed what, from where and when."""

from django.db import models


class AuditEntry(models.Model):
    """One changing call or login; no secrets and no payloads."""

    account = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=200)
    address = models.CharField(max_length=64, blank=True)
    channel = models.CharField(max_length=16)
    operation = models.CharField(max_length=100)
    resource = models.CharField(max_length=512, blank=True)
    outcome = models.CharField(max_length=64, default="ok")
    request_id = models.CharField(max_length=64, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "region", "-id"], name="audit_newest_first"),
            models.Index(
                fields=["account", "region", "at"],
                condition=models.Q(operation="Login", outcome="refused"),
                name="audit_failed_logins",
            ),
        ]
