"""Things, their types and groups, billing groups, and who is attached to them."""

import uuid

from django.db import models

from iot.models.scoped import Scoped


class ThingType(Scoped):
    name = models.CharField(max_length=128)
    type_id = models.UUIDField(default=uuid.uuid4)
    description = models.TextField(blank=True)
    searchable_attributes = models.JSONField(default=list)
    propagating_attributes = models.JSONField(default=list)
    deprecated_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "region", "name"], name="one_thing_type_per_name")]

    @property
    def arn(self) -> str:
        return self.scope.arn("thingtype", self.name)


class BillingGroup(Scoped):
    name = models.CharField(max_length=128)
    group_id = models.UUIDField(default=uuid.uuid4)
    description = models.TextField(blank=True)
    version = models.PositiveBigIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "region", "name"], name="one_billing_group_per_name")]

    @property
    def arn(self) -> str:
        return self.scope.arn("billinggroup", self.name)


class Thing(Scoped):
    name = models.CharField(max_length=128)
    thing_id = models.UUIDField(default=uuid.uuid4)
    thing_type = models.ForeignKey(ThingType, null=True, on_delete=models.PROTECT, related_name="things")
    billing_group = models.ForeignKey(BillingGroup, null=True, on_delete=models.SET_NULL, related_name="things")
    attributes = models.JSONField(default=dict)
    version = models.PositiveBigIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "region", "name"], name="one_thing_per_name")]
        indexes = [models.Index(fields=["account", "region", "id"], name="things_in_order")]

    @property
    def arn(self) -> str:
        return self.scope.arn("thing", self.name)


class ThingGroup(Scoped):
    """A static group, or a dynamic one where `query_string` is set."""

    name = models.CharField(max_length=128)
    group_id = models.UUIDField(default=uuid.uuid4)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    description = models.TextField(blank=True)
    attributes = models.JSONField(default=dict)
    query_string = models.TextField(blank=True)
    query_version = models.CharField(max_length=32, blank=True)
    index_name = models.CharField(max_length=128, blank=True)
    status = models.CharField(max_length=16, blank=True)
    version = models.PositiveBigIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "region", "name"], name="one_thing_group_per_name")]

    @property
    def arn(self) -> str:
        return self.scope.arn("thinggroup", self.name)


class ThingGroupMember(models.Model):
    group = models.ForeignKey(ThingGroup, on_delete=models.CASCADE, related_name="members")
    thing = models.ForeignKey(Thing, on_delete=models.CASCADE, related_name="memberships")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "thing"], name="one_membership_per_thing_and_group")]


class ThingPrincipal(models.Model):
    """A principal (the ARN of a certificate, or a Cognito identity id) attached to a thing."""

    thing = models.ForeignKey(Thing, on_delete=models.CASCADE, related_name="principals")
    principal = models.CharField(max_length=255, db_index=True)
    exclusive = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["thing", "principal"], name="one_attachment_per_principal")]
