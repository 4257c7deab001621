"""Who may call the API: access keys for signatures, tokens for scripts, and the roles of users."""

from django.conf import settings
from django.db import models


class Role(models.TextChoices):
    ADMIN = "admin"
    OPERATOR = "operator"
    VIEWER = "viewer"


class Membership(models.Model):
    """A user's role in an account."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    account = models.CharField(max_length=12)
    role = models.CharField(max_length=16, choices=Role)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "user"], name="one_role_per_account")]


class AccessKey(models.Model):
    """A key for Signature Version 4; the secret is sealed with a key outside the database.

    A temporary key has an end and a session token, of which only the SHA-256 is kept. `policy` is a document in IAM's
    form that narrows what the role allows.
    """

    account = models.CharField(max_length=12)
    access_key_id = models.CharField(max_length=128, unique=True)
    sealed_secret = models.TextField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="access_keys")
    role = models.CharField(max_length=16, choices=Role, default=Role.ADMIN)
    policy = models.TextField(blank=True)
    description = models.CharField(max_length=200, blank=True)
    active = models.BooleanField(default=True)
    token_digest = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)


class BearerToken(models.Model):
    """A token for scripts (`Authorization: Bearer`); only its SHA-256 is kept."""

    account = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bearer_tokens")
    role = models.CharField(max_length=16, choices=Role, default=Role.ADMIN)
    policy = models.TextField(blank=True)
    description = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
