"""Custom authorizers, role aliases and domain configurations."""

import uuid

from django.db import models

from iot.models.scoped import Scoped


def new_id() -> str:
    """Make the random part of a domain configuration's ARN."""
    return uuid.uuid4().hex[:5]


class Authorizer(Scoped):
    """A function that decides about connections; `public_keys` verify its tokens' signatures."""

    name = models.CharField(max_length=128)
    function_arn = models.CharField(max_length=2048)
    token_key_name = models.CharField(max_length=128, blank=True)
    public_keys = models.JSONField(default=dict)
    status = models.CharField(max_length=16, default="INACTIVE")
    signing_disabled = models.BooleanField(default=False)
    caching_for_http = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "region", "name"], name="one_authorizer_per_name")]

    @property
    def arn(self) -> str:
        return self.scope.arn("authorizer", self.name)


class RoleAlias(Scoped):
    """A name under which devices ask for a role's credentials."""

    name = models.CharField(max_length=128)
    role_arn = models.CharField(max_length=2048)
    duration = models.PositiveIntegerField(default=3600)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "region", "name"], name="one_role_alias_per_name")]

    @property
    def arn(self) -> str:
        return self.scope.arn("rolealias", self.name)


class DomainConfiguration(Scoped):
    """How an endpoint behaves; `settings` holds CreateDomainConfiguration's members. The service's own have no id."""

    name = models.CharField(max_length=128)
    config_id = models.CharField(max_length=8, default=new_id)
    domain_name = models.CharField(max_length=253, blank=True)
    service_type = models.CharField(max_length=24, default="DATA")
    status = models.CharField(max_length=16, default="ENABLED")
    settings = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    status_changed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "region", "name"], name="one_domain_configuration_per_name")
        ]

    @property
    def arn(self) -> str:
        return self.scope.arn("domainconfiguration", f"{self.name}/{self.config_id}" if self.config_id else self.name)
