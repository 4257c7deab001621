"""One row of each list in short, for the panel beside the list."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from console import shadow_keys
from console.lists import Fact, Panel
from console.live_activity import REASONS
from console.templatetags.console import as_moment, pretty
from iot.core import errors
from iot.services import (
    certificates,
    connections,
    jobs,
    policies,
    rule_failures,
    shadows,
    thing_lists,
    things,
    topic_rules,
)

KEYS = 12
ATTACHED = 10


def thing_panel(name: str) -> Panel:
    """A thing: its connection, groups, attributes, and the keys of its shadow that are not in step."""
    scope = settings.SCOPE
    thing = things.find_thing(scope, name)
    row = thing_lists.select_things(scope, [name])[0]
    attributes = tuple(Fact(key, value, copies=True) for key, value in sorted(thing.attributes.items()))
    return Panel(
        name,
        reverse("thing", kwargs={"name": name}),
        _connected(row.connection is not None and row.connection.connected),
        (
            Fact(_("ARN"), thing.arn, copies=True),
            *([Fact(_("Address"), row.connection.address, copies=True)] if row.connection else []),
            Fact(_("Type"), thing.thing_type.name if thing.thing_type else "—"),
            Fact(_("Groups"), ", ".join(row.groups) or "—"),
            *attributes,
        ),
        _shadow_texts(name),
        (
            (_("What happens now"), reverse("thing_activity", kwargs={"name": name}), "activity"),
            (_("What it may do"), reverse("thing_certificates", kwargs={"name": name}), "shield-check"),
            (_("Its jobs"), reverse("thing_jobs", kwargs={"name": name}), "list-checks"),
        ),
    )


def client_panel(client_id: str) -> Panel:
    """A client: since when and from where, by which certificate, and what it is subscribed to."""
    row = connections.find_connection(settings.SCOPE, client_id)
    since = as_moment(row.connected_at if row.connected else row.disconnected_at, milliseconds=True)
    ended = [] if row.connected else [Fact(_("Ended because"), REASONS.get(row.disconnect_reason, "—"))]
    filters = "\n".join(f"{name}  QoS {qos}" for name, qos in sorted(row.subscriptions.items()))
    return Panel(
        client_id,
        reverse("client", args=[client_id]),
        _connected(row.connected),
        (
            Fact(_("Since"), f"{since:%Y-%m-%d %H:%M:%S} UTC" if since else "—"),
            *ended,
            Fact(_("Address"), row.address or "—", copies=bool(row.address)),
            Fact(_("Certificate"), row.principal or "—", copies=bool(row.principal)),
        ),
        ((_("Subscriptions"), filters),) if filters else (),
        ((_("What it was refused"), f"{reverse('refusals')}?client={client_id}", "shield-x"),),
    )


def rule_panel(name: str) -> Panel:
    """A rule: its statement, its actions, and what failed last."""
    try:
        row = topic_rules.find_topic_rule(settings.SCOPE, name)
    except errors.UnauthorizedException as error:
        raise errors.ResourceNotFoundException(error.message) from None
    failed = rule_failures.failures(settings.SCOPE, rule_name=name).first()
    last = [Fact(_("Last failure"), failed.reason, url=reverse("rule_failures", args=[name]))] if failed else []
    return Panel(
        name,
        reverse("rule", args=[name]),
        ("", _("disabled")) if row.disabled else ("ok", _("enabled")),
        (Fact(_("Description"), row.description or "—"), *last),
        ((_("Statement"), row.sql), (_("Actions"), pretty(row.actions))),
        (
            (_("Edit and try it"), reverse("rule_edit", args=[name]), "pencil"),
            (_("Failures"), reverse("rule_failures", args=[name]), "circle-x"),
        ),
    )


def certificate_panel(certificate_id: str) -> Panel:
    """A certificate: until when it is valid, its policies and things, and who used it last."""
    row = certificates.find_certificate(settings.SCOPE, certificate_id)
    attached = policies.attached_policies(settings.SCOPE, target=row.arn)[:ATTACHED]
    held = things.principal_things(settings.SCOPE, principal=row.arn)[:ATTACHED]
    used = connections.connections(settings.SCOPE).filter(principal=certificate_id).order_by("-connected_at").first()
    tones = {"ACTIVE": "ok", "REVOKED": "danger"}
    return Panel(
        f"{certificate_id[:16]}…",
        reverse("certificate", kwargs={"certificate_id": certificate_id}),
        (tones.get(row.status, ""), row.status),
        (
            Fact(_("Id"), certificate_id, copies=True),
            Fact(_("Subject"), row.subject or "—"),
            Fact(_("Valid until"), f"{row.not_after:%Y-%m-%d %H:%M} UTC"),
            *(Fact(_("Policy"), one.policy.name, url=reverse("policy", args=[one.policy.name])) for one in attached),
            *(Fact(_("Thing"), one.thing.name, url=reverse("thing", args=[one.thing.name])) for one in held),
            Fact(_("Last used by"), f"{used.client_id} · {used.address}" if used else _("nobody yet")),
        ),
    )


def policy_panel(name: str) -> Panel:
    """A policy: the document in force and what it is attached to."""
    row = policies.find_policy(settings.SCOPE, name)
    targets = [one.target for one in row.attachments.order_by("id")[:ATTACHED]]
    return Panel(
        name,
        reverse("policy", args=[name]),
        None,
        (
            Fact(_("In force"), _("version %(number)s") % {"number": row.default_version}),
            *(Fact(_("Attached to"), target, copies=True) for target in targets),
        ),
        ((_("Document"), pretty(policies.default_document(row))),),
    )


def job_panel(job_id: str) -> Panel:
    """A job: its document and how far it is."""
    row = jobs.find_job(settings.SCOPE, job_id)
    counts = jobs.describe_job(settings.SCOPE, job_id=job_id)["jobProcessDetails"]
    named = {"Queued": _("Queued"), "InProgress": _("In progress"), "Succeeded": _("Succeeded"), "Failed": _("Failed")}
    return Panel(
        job_id,
        reverse("job", args=[job_id]),
        ("", row.status),
        (
            Fact(_("Description"), row.description or "—"),
            *(Fact(label, counts.get(f"numberOf{key}Things", 0)) for key, label in named.items()),
        ),
        ((_("Document"), pretty(row.document)),),
    )


def _connected(connected: bool) -> tuple[str, str]:
    return ("ok", _("connected")) if connected else ("", _("not connected"))


def _shadow_texts(name: str) -> tuple[tuple[str, str], ...]:
    found = shadows.find_shadow(settings.SCOPE, thing_name=name)
    if found is None:
        return ()
    rows = [key for key in shadow_keys.keys(found[0]) if not key.is_branch]
    apart = [key for key in rows if key.state in (shadow_keys.WAITING, shadow_keys.WANTED_ONLY)]
    if apart:
        lines = [f"{key.dotted}: {key.reported or '—'} → {key.wanted}" for key in apart[:KEYS]]
        return ((_("Shadow: reported → wanted"), "\n".join(lines)),)
    return ((_("Shadow, in step"), "\n".join(f"{key.dotted}: {key.reported}" for key in rows[:KEYS])),)
