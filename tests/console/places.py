"""All pages of the console as a person opens them: the one list that every test of all pages is drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlencode

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from console.roles import ADMIN, OPERATOR, VIEWER, Allowed, Page

# What answers without a login, for people and machines; `tests/console/views` asks each of them for itself.
OPEN = {"login", "logout", "theme", "language", "api", "openapi", "api-docs", "figures", "confirm_destination"}


@dataclass(frozen=True, slots=True)
class Place:
    """A page: the name of its URL, the words of its path and its query.

    Words may hold {names} of what `furniture.furnish` made. `commands` says whether the page offers “As a command”.
    """

    view: str
    words: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    commands: bool = True

    def __str__(self) -> str:
        told = "&".join(f"{name}={text}" for name, text in self.query.items())
        return f"{self.view}?{told}" if told else self.view

    def address(self, names: Mapping[str, str]) -> str:
        """Answer the page's path and query on this server."""
        query = filled(self.query, names)
        return reverse(self.view, kwargs=filled(self.words, names)) + (f"?{urlencode(query)}" if query else "")


@dataclass(frozen=True, slots=True)
class Change:
    """A form as it is sent: to which view with which fields, and under which operation the audit has it.

    `role` is the lowest that may; `outcome` what the audit says of it.
    """

    view: str
    operation: str
    fields: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    role: str = OPERATOR
    outcome: str = "ok"

    def __str__(self) -> str:
        return f"{self.view} {self.operation}"


def filled(given: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """Put what was furnished in the place of its {name}."""
    return {name: names.get(text[1:-1], text) if text.startswith("{") else text for name, text in given.items()}


THING = {"name": "{thing}"}
NETWORK = {**THING, "shadow": "{shadow}"}
POLICY, GROUP, TYPE, RULE, TABLE = ({"name": f"{{{kind}}}"} for kind in ("policy", "group", "type", "rule", "table"))
CERTIFICATE = {"certificate_id": "{certificate}"}

PLACES = (
    Place("overview"),
    Place("start", commands=False),
    Place("start_step", {"step": "thing"}),
    Place("messages"),
    Place("messages", query={"filter": "{hostile_filter}", "topic": "{topic}", "payload": "{hostile}"}),
    Place("retained"),
    Place("retained", query={"q": "{hostile}"}),
    Place("retained_message", query={"topic": "{topic}"}),
    Place("retained_message", query={"topic": "{binary_topic}"}),
    Place("retained_message", query={"topic": "{huge_topic}"}),
    Place("clients"),
    Place("clients", query={"q": "{hostile}", "state": "on"}, commands=False),
    Place("client", {"client_id": "{client}"}),
    Place("client", {"client_id": "{gone_client}"}),
    Place("clients", query={"open": "{client}"}),
    Place("things"),
    Place("things", query={"q": "nothing-has-this-name"}),
    Place("things", query={"open": "{thing}", "sort": "-created"}),
    Place("things", query={"attribute": "hall=7", "type": "{type}", "group": "{group}", "connected": "no"}),
    Place("thing_create"),
    Place("thing", THING),
    Place("thing", THING, {"edit": "json"}),
    Place("thing", THING, {"edit": "form"}),
    Place("thing", THING, {"clear": "[]"}),
    Place("thing_shadow", THING),
    Place("thing_shadow_named", NETWORK),
    Place("shadow_history", THING, {"version": "2", "with": "1"}),
    Place("shadow_history", THING, {"version": "1", "restore": ""}),
    Place("shadow_history_named", NETWORK),
    Place("shadow_delete", THING),
    Place("shadow_delete_named", NETWORK),
    Place("thing_activity", THING),
    Place("thing_certificates", THING),
    Place("thing_jobs", THING),
    Place("thing_attributes", THING),
    Place("thing_audit", THING),
    Place("thing_delete", THING),
    Place("things_delete", query={"selected": "{thing}"}),
    Place("types"),
    Place("type", TYPE),
    Place("groups"),
    Place("group", GROUP),
    Place("group_create"),
    Place("jobs"),
    Place("jobs", query={"status": "IN_PROGRESS"}),
    Place("jobs", query={"open": "{job}"}),
    Place("job_new"),
    Place("job", {"job_id": "{job}"}),
    Place("rules"),
    Place("rules", query={"open": "{rule}", "sort": "-name"}),
    Place("rule_new"),
    Place("rule_new", query={"copy": "{rule}"}),
    Place("rule_new", query={"topic": "{topic}", "sample": "{hostile}", "client": "{client}"}),
    Place("rule", RULE),
    Place("rule_edit", RULE),
    Place("rule_failures", RULE),
    Place("tables"),
    Place("table", TABLE),
    Place("table", TABLE, {"column": "temperature", "range": "24h"}),
    Place("destinations"),
    Place("certificates"),
    Place("certificates", query={"open": "{certificate}"}),
    Place("certificates", query={"q": "0000", "status": "REVOKED"}),
    Place("certificate", CERTIFICATE),
    Place("certificate_create"),
    Place("certificate_delete", CERTIFICATE),
    Place("policies"),
    Place("policies", query={"open": "{policy}"}),
    Place("policy", POLICY),
    Place("policy", POLICY, {"version": "2", "with": "1"}),
    Place("policy_create"),
    Place("policy_edit", POLICY),
    Place("policy_delete", POLICY),
    Place("simulator", commands=False),
    Place("simulator", query={"thing": "{thing}", "action": "iot:Publish", "name": "{topic}"}),
    Place("cas"),
    Place("ca", {"certificate_id": "{ca}"}),
    Place("ca_create"),
    Place("monitoring"),
    Place("monitoring", query={"range": "7d"}),
    Place("tracing"),
    Place("tracing", query={"kind": "client", "name": "{client}"}),
    Place("refusals"),
    Place("refusals", query={"client": "{client}", "action": "iot:Publish"}),
    Place("refusal", {"key": "{refusal}"}),
    Place("audit"),
    Place("audit", query={"q": "{hostile}", "channel": "console"}),
    Place("settings"),
    Place("settings_users"),
    Place("settings_password"),
    Place("settings_keys"),
    Place("search", query={"q": "{thing}"}),
    Place("search", query={"q": "{hostile}"}),
    Place("styleguide"),
)
# What answers GET with a part of a page or with a file.
PARTS = (
    Place("audit_export"),
    Place("authority"),
    Place("certificate_download", CERTIFICATE),
    Place("client_flow", {"client_id": "{gone_client}"}),
    Place("rule_action", query={"kind": "http", "number": "3"}),
    Place("table_export", TABLE),
    Place("things_export", query={"selected": "{thing}"}),
)
ANY = '{"Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]}'
WISH = {"payload": '{"state": {"desired": {"a": 1}}}'}
SQL = {"sql": "SELECT * FROM 'a'", "version": "2016-03-23", "enabled": "on"}
LONG = "correct horse battery"
# What is posted and changes something: one of each view.
CHANGES = (
    Change("thing_create", "CreateThing", {"name": "made"}),
    Change("things_delete", "DeleteThing", {"selected": "{thing}", "confirm": "delete 1 thing", "detach": "on"}),
    Change("things_group", "AddThingToThingGroup", {"selected": "t-099999", "into": "{group}"}),
    Change("thing_certificates", "DetachThingPrincipal", {"action": "detach", "principal": "{certificate}"}, THING),
    Change("thing_attributes", "UpdateThing", {"thing_type": "{type}", "version": "1"}, THING),
    Change("thing_groups_change", "RemoveThingFromThingGroup", {"leave": "{group}"}, THING),
    Change("thing_delete", "DeleteThing", {"detach": "on"}, THING),
    Change("shadow_send", "UpdateThingShadow", WISH, THING),
    Change("shadow_send_named", "UpdateThingShadow", WISH, NETWORK),
    Change("shadow_create", "UpdateThingShadow", {"shadow": "made"}, THING),
    Change("shadow_delete", "DeleteThingShadow", {}, THING),
    Change("shadow_delete_named", "DeleteThingShadow", {}, NETWORK),
    Change("kit", "CreateKeysAndCertificate", {}, THING),
    Change("types", "CreateThingType", {"name": "made"}),
    Change("type", "DeprecateThingType", {"action": "deprecate"}, TYPE),
    Change("group_create", "CreateThingGroup", {"name": "made"}),
    Change("group", "RemoveThingFromThingGroup", {"action": "remove", "thing": "{thing}"}, GROUP),
    Change("job_new", "CreateJob", {"job_id": "made", "things": "{thing}", "document": "{}", "selection": "SNAPSHOT"}),
    Change("job", "CancelJob", {"do": "cancel", "force": "on"}, {"job_id": "{job}"}),
    Change("rule_new", "CreateTopicRule", {"name": "made", **SQL}),
    Change("rule_edit", "ReplaceTopicRule", {"name": "{rule}", **SQL}, RULE),
    Change("rule", "DisableTopicRule", {"do": "disable"}, RULE),
    Change("rule_failures", "RetryTopicRuleFailures", {"do": "retry-all"}, RULE),
    Change("table", "DropTable", {"confirm": "{table}"}, TABLE),
    Change("destinations", "CreateTopicRuleDestination", {"action": "create", "url": "https://localhost/made"}),
    Change("destination", "DeleteTopicRuleDestination", {"action": "delete"}, {"key": "{destination}"}),
    Change("certificate_create", "CreateKeysAndCertificate", {"way": "keys"}),
    Change("certificate", "UpdateCertificate", {"action": "deactivate"}, CERTIFICATE),
    Change("certificate_delete", "DeleteCertificate", {}, CERTIFICATE, outcome="CertificateStateException"),
    Change("policy_create", "CreatePolicy", {"name": "made", "document": ANY}),
    Change("policy", "SetDefaultPolicyVersion", {"action": "default", "version": "1"}, POLICY),
    Change("policy_edit", "CreatePolicyVersion", {"document": ANY, "default": "on"}, POLICY),
    Change("policy_delete", "DeletePolicy", {}, POLICY, outcome="DeleteConflictException"),
    Change("ca_create", "RegisterCACertificate", {"pem": "{new_ca}", "mode": "SNI_ONLY"}),
    Change("ca", "UpdateCACertificate", {"action": "deactivate"}, {"certificate_id": "{ca}"}),
    Change("publish", "Publish", {"topic": "a/b", "payload": "x", "qos": "0", "encoding": "text"}),
    Change("retained_delete", "Publish", {"selected": "{binary_topic}"}),
    Change("client_disconnect", "DeleteConnection", {}, {"client_id": "{client}"}),
    Change("start_step", "CreateThing", {"thing_name": "made"}, {"step": "thing"}),
    Change("settings_events", "UpdateEventConfigurations", {"event": "THING"}, role=ADMIN),
    Change("settings_logging", "SetV2LoggingOptions", {"level": "WARN"}, role=ADMIN),
    Change("settings_users", "CreateUser", {"username": "ann", "password": LONG, "role": "viewer"}, role=ADMIN),
    Change("settings_user", "UpdateUser", {"role": "operator"}, {"username": "{user}"}, ADMIN),
    Change("settings_keys", "CreateAccessKey", {"kind": "key", "role": "viewer"}, role=ADMIN),
    Change("settings_key", "UpdateAccessKey", {"action": "off"}, {"key_id": "{key}"}, ADMIN),
    Change("settings_password", "ChangePassword", {"current": "a long password", "password": LONG}, role=VIEWER),
)
# What is posted and changes nothing that is others' too, is tried, or takes a change back; each is asked elsewhere.
UNAUDITED = {
    "action_try",
    "policy_check",
    "rule_backtest",
    "rule_try",
    "rules",
    "saved_messages",
    "shadow_preview",
    "shadow_preview_named",
    "start",
    "trace_message",
    "views_save",
}


def views() -> dict[str, Allowed]:
    """Answer what the views allow of all that wants a login, by the names of their URLs."""
    found = {str(entry.name): entry.callback for entry in _entries(get_resolver()) if entry.name not in OPEN}
    return {name: cast(Page, view).allowed for name, view in found.items()}


def _entries(resolver: URLResolver) -> list[URLPattern]:
    found: list[URLPattern] = []
    for entry in resolver.url_patterns:
        found += _entries(entry) if isinstance(entry, URLResolver) else [entry]
    return found
