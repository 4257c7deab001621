"""The tutorial's memory: which steps a user has proven, and what it made, so that it can be resumed and removed."""

import time
from typing import Any

import orjson
from django.contrib.auth.models import User
from django.db import transaction

from iot.core import errors
from iot.core.arn import Scope
from iot.models import Tutorial
from iot.services import certificates, connections, kits, policies, shadows, things, topic_rules

STEPS = ("thing", "kit", "run", "message", "wish", "rule")
THRESHOLD = 25


def find(scope: Scope, user: User) -> Tutorial | None:
    """Find a user's run of the tutorial."""
    return Tutorial.objects.filter(account=scope.account, region=scope.region, user=user).first()


def open_tutorial(scope: Scope, user: User) -> Tutorial:
    """Find a user's run of the tutorial, or begin one."""
    row, _ = Tutorial.objects.get_or_create(account=scope.account, region=scope.region, user=user)
    return row


def next_step(row: Tutorial | None) -> str | None:
    """Answer the first step that is not proven; None when all are."""
    done: dict[str, Any] = {} if row is None else row.done
    return next((step for step in STEPS if step not in done), None)


def create_tutorial_thing(scope: Scope, user: User, *, thing_name: str) -> Tutorial:
    """Create the thing of the first step. Raises ResourceAlreadyExistsException: another's thing is not taken over."""
    with transaction.atomic():
        row = open_tutorial(scope, user)
        if things.things(scope).filter(name=thing_name).exists():
            raise errors.ResourceAlreadyExistsException(
                f"A thing named {thing_name} exists already; choose another name"
            )
        things.create_thing(scope, thing_name=thing_name)
        row.thing_name, row.skipped = thing_name, False
        row.done = {"thing": time.time()}
        row.save()
    return row


def issue_tutorial_kit(scope: Scope, user: User, *, simulated: bool = False) -> kits.Kit:
    """Issue the kit of the tutorial's thing; an earlier certificate of the tutorial is deleted."""
    with transaction.atomic():
        row = open_tutorial(scope, user)
        kit = kits.issue_kit(scope, thing_name=row.thing_name)
        _forget_certificate(scope, row)
        row.certificate_id, row.policy_name, row.simulated = kit.certificate_id, kit.policy_name, simulated
        row.done = {**row.done, "kit": time.time()}
        row.save()
    return kit


def wish(scope: Scope, user: User, *, desired: dict[str, Any]) -> None:
    """Send the tutorial's wish to the thing's shadow."""
    row = open_tutorial(scope, user)
    payload = orjson.dumps({"state": {"desired": desired}})
    with transaction.atomic():
        row.wish = desired
        row.save(update_fields=["wish"])
        shadows.update_thing_shadow(scope, thing_name=row.thing_name, payload=payload)


def create_tutorial_rule(scope: Scope, user: User) -> Tutorial:
    """Create the rule of the last step: what is warmer than a threshold goes to the alert topic."""
    with transaction.atomic():
        row = open_tutorial(scope, user)
        row.rule_name = "".join(c if c.isalnum() else "_" for c in row.thing_name)[:110] + "_is_warm"
        payload = {
            "sql": f"SELECT temperature, timestamp() AS at\nFROM '{kits.telemetry_topic(row.thing_name)}'"
            f"\nWHERE temperature > {THRESHOLD}",
            "awsIotSqlVersion": "2016-03-23",
            "description": "Made by the tutorial: passes on what is too warm.",
            "actions": [
                {
                    "republish": {
                        "topic": kits.alert_topic(row.thing_name),
                        "qos": 1,
                        "roleArn": f"arn:aws:iam::{scope.account}:role/thingstead",
                    }
                }
            ],
        }
        if not topic_rules.topic_rules(scope).filter(name=row.rule_name).exists():
            topic_rules.create_topic_rule(scope, rule_name=row.rule_name, topic_rule_payload=payload)
        row.save(update_fields=["rule_name"])
    return row


def mark(scope: Scope, user: User, *, step: str) -> None:
    """Write down that a step was proven; a step before it that nobody watched is proven with it."""
    with transaction.atomic():
        row = open_tutorial(scope, user)
        reached = STEPS[: STEPS.index(step) + 1] if step in ("run", "message") else (step,)
        row.done = {**dict.fromkeys(reached, time.time()), **row.done}
        row.save(update_fields=["done"])


def already_proven(scope: Scope, row: Tutorial, *, step: str) -> bool:
    """Say whether a step's event has happened before anybody listened: the device is connected, or has answered."""
    if step == "kit":
        return step in row.done
    if step == "run":
        found = connections.connections(scope).filter(client_id=row.thing_name, connected=True).first()
        return found is not None and found.principal.endswith(row.certificate_id)
    if step == "wish" and row.wish:
        shadow = shadows.find_shadow(scope, thing_name=row.thing_name)
        return shadow is not None and all(shadow[0].reported.get(key) == value for key, value in row.wish.items())
    return False


def set_skipped(scope: Scope, user: User, *, skipped: bool) -> None:
    """Put the tutorial aside, or take it up again."""
    row = open_tutorial(scope, user)
    row.skipped = skipped
    row.save(update_fields=["skipped"])


def begin_again(scope: Scope, user: User) -> None:
    """Forget how far the user is; what the tutorial made stays and is the user's own now."""
    Tutorial.objects.filter(account=scope.account, region=scope.region, user=user).delete()


def remove(scope: Scope, user: User) -> None:
    """Delete what the tutorial made, and its memory."""
    with transaction.atomic():
        row = find(scope, user)
        if row is None:
            return
        if row.rule_name:
            topic_rules.delete_topic_rule(scope, rule_name=row.rule_name)
        _forget_certificate(scope, row)
        if row.policy_name:
            _forget_policy(scope, row.policy_name)
        if row.thing_name and not things.things(scope).filter(name=row.thing_name, principals__isnull=False).exists():
            if shadows.find_shadow(scope, thing_name=row.thing_name) is not None:
                shadows.delete_thing_shadow(scope, thing_name=row.thing_name)
            things.delete_thing(scope, thing_name=row.thing_name)
        row.delete()


def _forget_certificate(scope: Scope, row: Tutorial) -> None:
    found = certificates.certificates(scope).filter(certificate_id=row.certificate_id).first()
    if found is None:
        return
    things.detach_thing_principal(scope, thing_name=row.thing_name, principal=found.arn)
    certificates.update_certificate(scope, certificate_id=found.certificate_id, new_status="INACTIVE")
    certificates.delete_certificate(scope, certificate_id=found.certificate_id, force_delete=True)


def _forget_policy(scope: Scope, policy_name: str) -> None:
    row = policies.policies(scope).filter(name=policy_name).first()
    if row is not None and not row.attachments.exists() and row.versions.count() == 1:
        policies.delete_policy(scope, policy_name=policy_name)
