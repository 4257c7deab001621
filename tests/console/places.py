"""All pages of the console as a person opens them: the one list that every test of all pages is drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import URLPattern, URLResolver, get_resolver, reverse

# What answers without a login, for people and machines; `tests/console/views` asks each of them for itself.
OPEN = {"login", "logout", "theme", "api", "openapi", "api-docs", "figures", "confirm_destination"}
# What answers GET with a part of a page or with a file.
PARTS = {
    "audit_export",
    "authority",
    "certificate_download",
    "client_flow",
    "rule_action",
    "table_export",
    "things_export",
}


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
        return f"{self.view} {urlencode(self.query)}".strip()

    def address(self, names: Mapping[str, str]) -> str:
        """Answer the page's path and query on this server."""
        words, query = (
            {name: text.format_map(names) if text.startswith("{") else text for name, text in given.items()}
            for given in (self.words, self.query)
        )
        return reverse(self.view, kwargs=words) + (f"?{urlencode(query)}" if query else "")


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
    Place("clients", commands=False),
    Place("clients", query={"q": "{hostile}", "state": "on"}, commands=False),
    Place("client", {"client_id": "{client}"}),
    Place("client", {"client_id": "{gone_client}"}),
    Place("things"),
    Place("things", query={"q": "nothing-has-this-name"}),
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
    Place("thing_audit", THING, commands=False),
    Place("thing_delete", THING),
    Place("things_delete", query={"selected": "{thing}"}, commands=False),
    Place("types"),
    Place("type", TYPE),
    Place("groups"),
    Place("group", GROUP),
    Place("group_create"),
    Place("jobs"),
    Place("jobs", query={"status": "IN_PROGRESS"}),
    Place("job_new"),
    Place("job", {"job_id": "{job}"}),
    Place("rules"),
    Place("rule_new"),
    Place("rule_new", query={"copy": "{rule}"}),
    Place("rule_new", query={"topic": "{topic}", "sample": "{hostile}", "client": "{client}"}),
    Place("rule", RULE),
    Place("rule_edit", RULE),
    Place("rule_failures", RULE, commands=False),
    Place("tables", commands=False),
    Place("table", TABLE, commands=False),
    Place("table", TABLE, {"column": "temperature", "range": "24h"}, commands=False),
    Place("destinations"),
    Place("certificates"),
    Place("certificates", query={"q": "0000", "status": "REVOKED"}),
    Place("certificate", CERTIFICATE),
    Place("certificate_create"),
    Place("certificate_delete", CERTIFICATE, commands=False),
    Place("policies"),
    Place("policy", POLICY),
    Place("policy", POLICY, {"version": "2", "with": "1"}),
    Place("policy_create"),
    Place("policy_edit", POLICY),
    Place("policy_delete", POLICY, commands=False),
    Place("simulator"),
    Place("simulator", query={"thing": "{thing}", "action": "iot:Publish", "name": "{topic}"}),
    Place("cas"),
    Place("ca", {"certificate_id": "{ca}"}),
    Place("ca_create"),
    Place("monitoring", commands=False),
    Place("monitoring", query={"range": "7d"}, commands=False),
    Place("refusals", commands=False),
    Place("refusals", query={"client": "{client}", "action": "iot:Publish"}, commands=False),
    Place("refusal", {"key": "{refusal}"}, commands=False),
    Place("audit", commands=False),
    Place("audit", query={"q": "{hostile}", "channel": "console"}, commands=False),
    Place("settings"),
    Place("settings_users", commands=False),
    Place("settings_password", commands=False),
    Place("settings_keys", commands=False),
    Place("search", query={"q": "{thing}"}, commands=False),
    Place("search", query={"q": "{hostile}"}, commands=False),
    Place("styleguide"),
)


def views() -> dict[str, URLPattern]:
    """Answer the URLs of all that wants a login, by name."""
    return {str(entry.name): entry for entry in _entries(get_resolver()) if entry.name not in OPEN}


def _entries(resolver: URLResolver) -> list[URLPattern]:
    found: list[URLPattern] = []
    for entry in resolver.url_patterns:
        found += _entries(entry) if isinstance(entry, URLResolver) else [entry]
    return found
