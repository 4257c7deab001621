"""Django rows and constraints, one module per resource family."""

from iot.models.access import AccessKey, BearerToken, Membership, Role
from iot.models.audit import AuditEntry
from iot.models.authorizers import Authorizer, DomainConfiguration, RoleAlias
from iot.models.certificates import CaCertificate, Certificate, CertificateStatus, RegistrationCode
from iot.models.connections import Connection
from iot.models.destinations import AwsTarget, LocalAction, RecentMessage, TableRow, TopicRuleDestination
from iot.models.events import AccountSetting, Tag
from iot.models.jobs import Job, JobExecution, JobTemplate
from iot.models.metrics import MetricMinute, MetricTotal
from iot.models.outbox import ChangeNotice, OutboxRow
from iot.models.policies import Policy, PolicyAttachment, PolicyVersion
from iot.models.provisioning import (
    OwnershipToken,
    ProvisioningTemplate,
    ProvisioningTemplateVersion,
    ThingRegistrationTask,
)
from iot.models.refusals import Refusal
from iot.models.retained import RetainedMessage
from iot.models.rule_failures import RuleFailure
from iot.models.rules import TopicRule
from iot.models.search import FleetMetric, IndexChange, ThingAttribute, ThingGroupTerm, ThingTerm
from iot.models.shadows import Shadow, ShadowVersion
from iot.models.things import BillingGroup, Thing, ThingGroup, ThingGroupMember, ThingPrincipal, ThingType
from iot.models.tutorials import Tutorial

__all__ = [
    "AccessKey",
    "AccountSetting",
    "AuditEntry",
    "Authorizer",
    "AwsTarget",
    "BearerToken",
    "BillingGroup",
    "CaCertificate",
    "Certificate",
    "CertificateStatus",
    "ChangeNotice",
    "Connection",
    "DomainConfiguration",
    "FleetMetric",
    "IndexChange",
    "Job",
    "JobExecution",
    "JobTemplate",
    "LocalAction",
    "Membership",
    "MetricMinute",
    "MetricTotal",
    "OutboxRow",
    "OwnershipToken",
    "Policy",
    "PolicyAttachment",
    "PolicyVersion",
    "ProvisioningTemplate",
    "ProvisioningTemplateVersion",
    "RecentMessage",
    "Refusal",
    "RegistrationCode",
    "RetainedMessage",
    "Role",
    "RoleAlias",
    "RuleFailure",
    "Shadow",
    "ShadowVersion",
    "TableRow",
    "Tag",
    "Thing",
    "ThingAttribute",
    "ThingGroup",
    "ThingGroupMember",
    "ThingGroupTerm",
    "ThingPrincipal",
    "ThingRegistrationTask",
    "ThingTerm",
    "ThingType",
    "TopicRule",
    "TopicRuleDestination",
    "Tutorial",
]
