"""Compares two inventories and carries the difference out; a plan made again holds only what is left."""

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from iot.management.moving.inventory import WORKERS, Endpoint, Inventory, Record, in_batches

KINDS = (
    "types",
    "groups",
    "policies",
    "certificates",
    "things",
    "rules",
    "shadows",
    "principals",
    "certificate_policies",
    "members",
    "group_policies",
    "deprecations",  # last, because no thing can join a deprecated type
)
CREATE, SAME, DIFFERS, CANNOT = "create", "same", "differs", "cannot"


@dataclass(frozen=True, slots=True)
class Step:
    """One resource of a plan; `note` says in what it differs or why it cannot come along."""

    kind: str
    name: Any
    action: str
    note: str = ""


def make_plan(source: Inventory, target: Inventory, rewrite: Callable[[str], str]) -> list[Step]:
    """Say for every resource of the source whether it is missing, equal or different at the target."""
    return [
        _step(kind, name, record, getattr(target, kind).get(name), rewrite)
        for kind in KINDS
        for name, record in getattr(source, kind).items()
    ]


def rewriter(source: Endpoint, target: Endpoint) -> Callable[[str], str]:
    """Answer a function that puts the target's region and account into the IoT ARNs of a text."""
    before = f"arn:aws:iot:{source.region}:{source.account}:"
    after = f"arn:aws:iot:{target.region}:{target.account}:"
    return lambda text: text.replace(before, after)


def carry_out(
    plan: Iterable[Step],
    source: Inventory,
    target: Endpoint,
    rewrite: Callable[[str], str],
    *,
    told: Callable[[Step, str | None], None],
) -> int:
    """Create what a plan says is missing, kind after kind; `told(step, error)` follows each. Answers the failures."""
    steps = [step for step in plan if step.action == CREATE]
    failures = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        for kind in KINDS:
            chosen = [step for step in steps if step.kind == kind]
            if kind == "groups":
                chosen = list(_parents_first(chosen, source))
            attempt = partial(_attempt, target, source, rewrite)
            outcomes = map(attempt, chosen) if kind == "groups" else in_batches(pool, attempt, chosen)
            for step, error in zip(chosen, outcomes, strict=True):
                failures += error is not None
                told(step, error)
    return failures


def _attempt(target: Endpoint, source: Inventory, rewrite: Callable[[str], str], step: Step) -> str | None:
    try:
        _CREATORS[step.kind](target, step.name, getattr(source, step.kind)[step.name], rewrite)
    except ClientError as error:
        return str(error)
    return None


def _step(kind: str, name: Any, record: Record, there: Record | None, rewrite: Callable[[str], str]) -> Step:
    if kind == "groups" and record.get("queryString"):
        return Step(kind, name, CANNOT, "a dynamic group: create it at the target with its query")
    if kind == "certificates" and record["status"] not in ("ACTIVE", "INACTIVE", "REVOKED"):
        return Step(kind, name, CANNOT, f"its status is {record['status']}")
    if there is None:
        return Step(kind, name, CREATE)
    wanted, present = _comparable(kind, record, rewrite), _comparable(kind, there, str)
    different = sorted(key for key in wanted.keys() | present.keys() if wanted.get(key) != present.get(key))
    return Step(kind, name, DIFFERS, ", ".join(different)) if different else Step(kind, name, SAME)


def _comparable(kind: str, record: Record, rewrite: Callable[[str], str]) -> Record:
    """What is compared of a record; what is empty may as well be absent."""
    return {key: value for key, value in _content(kind, record, rewrite).items() if value not in (None, "", [], {})}


def _content(kind: str, record: Record, rewrite: Callable[[str], str]) -> Record:
    if kind == "shadows":
        state = json.loads(record["payload"]).get("state", {})
        return {section: state.get(section) for section in ("desired", "reported")}
    if kind in ("policies", "rules"):
        return {key: json.loads(rewrite(json.dumps(value))) for key, value in record.items()}
    return record


def _parents_first(steps: list[Step], source: Inventory) -> Iterator[Step]:
    waiting = {step.name: step for step in steps}
    while waiting:
        ready = [name for name in waiting if source.groups[name]["parentGroupName"] not in waiting]
        for name in ready:
            yield waiting.pop(name)


def _create_type(target: Endpoint, name: str, record: Record, rewrite: Callable[[str], str]) -> None:
    target.iot.create_thing_type(thingTypeName=name, thingTypeProperties=record["thingTypeProperties"])


def _deprecate(target: Endpoint, name: str, record: Record, rewrite: Callable[[str], str]) -> None:
    target.iot.deprecate_thing_type(thingTypeName=name)


def _create_group(target: Endpoint, name: str, record: Record, rewrite: Callable[[str], str]) -> None:
    parent = {"parentGroupName": record["parentGroupName"]} if record["parentGroupName"] else {}
    target.iot.create_thing_group(thingGroupName=name, thingGroupProperties=record["thingGroupProperties"], **parent)


def _create_policy(target: Endpoint, name: str, record: Record, rewrite: Callable[[str], str]) -> None:
    target.iot.create_policy(policyName=name, policyDocument=rewrite(record["policyDocument"]))


def _create_certificate(target: Endpoint, name: str, record: Record, rewrite: Callable[[str], str]) -> None:
    made = target.iot.register_certificate_without_ca(certificatePem=record["certificatePem"], status=record["status"])
    target.certificate_ids[name] = made["certificateId"]


def _create_thing(target: Endpoint, name: str, record: Record, rewrite: Callable[[str], str]) -> None:
    thing_type = {"thingTypeName": record["thingTypeName"]} if record["thingTypeName"] else {}
    target.iot.create_thing(thingName=name, attributePayload={"attributes": record["attributes"]}, **thing_type)


def _create_rule(target: Endpoint, name: str, record: Record, rewrite: Callable[[str], str]) -> None:
    target.iot.create_topic_rule(ruleName=name, topicRulePayload=json.loads(rewrite(json.dumps(record))))


def _create_shadow(target: Endpoint, name: tuple[str, str], record: Record, rewrite: Callable[[str], str]) -> None:
    thing, shadow = name
    state = json.loads(record["payload"]).get("state", {})
    sections = {section: state[section] for section in ("desired", "reported") if section in state}
    target.data.update_thing_shadow(
        thingName=thing,
        payload=json.dumps({"state": sections}).encode(),
        **({"shadowName": shadow} if shadow else {}),
    )


def _create_member(target: Endpoint, name: tuple[str, str], record: Record, rewrite: Callable[[str], str]) -> None:
    target.iot.add_thing_to_thing_group(thingGroupName=name[0], thingName=name[1])


def _attach_principal(target: Endpoint, name: tuple[str, str], record: Record, rewrite: Callable[[str], str]) -> None:
    target.iot.attach_thing_principal(thingName=name[0], principal=target.certificate_arn(name[1]))


def _attach_policy(target: Endpoint, name: tuple[str, str], record: Record, rewrite: Callable[[str], str]) -> None:
    target.iot.attach_policy(target=target.certificate_arn(name[0]), policyName=name[1])


def _attach_group(target: Endpoint, name: tuple[str, str], record: Record, rewrite: Callable[[str], str]) -> None:
    target.iot.attach_policy(target=target.arn("thinggroup", name[0]), policyName=name[1])


_CREATORS: dict[str, Callable[..., None]] = {
    "types": _create_type,
    "groups": _create_group,
    "policies": _create_policy,
    "certificates": _create_certificate,
    "things": _create_thing,
    "rules": _create_rule,
    "shadows": _create_shadow,
    "principals": _attach_principal,
    "certificate_policies": _attach_policy,
    "members": _create_member,
    "group_policies": _attach_group,
    "deprecations": _deprecate,
}
