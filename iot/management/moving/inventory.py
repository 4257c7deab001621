"""Reads everything that can be moved from an endpoint that speaks AWS's API."""

import hashlib
import ssl
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

WORKERS = 8
BATCH = 256
T = TypeVar("T")
R = TypeVar("R")
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Clients for one side of a move; `account` and `region` are what its ARNs hold.

    `certificate_ids` maps fingerprints to the ids that the endpoint has given: on AWS and here they are the same, with
    its stand-ins they may differ.
    """

    iot: Any
    data: Any
    account: str
    region: str
    certificate_ids: dict[str, str] = field(default_factory=dict)

    def arn(self, kind: str, name: str) -> str:
        return f"arn:aws:iot:{self.region}:{self.account}:{kind}/{name}"

    def certificate_arn(self, fingerprint: str) -> str:
        return self.arn("cert", self.certificate_ids.get(fingerprint, fingerprint))


@dataclass(slots=True)
class Inventory:
    """What an endpoint holds, each kind by name: certificates by fingerprint, shadows by (thing, shadow), and what is
    attached by the pair: principals by (thing, fingerprint), policies by (fingerprint or group, policy), members by
    (group, thing). Deprecations are those of types."""

    types: dict[str, Record] = field(default_factory=dict)
    groups: dict[str, Record] = field(default_factory=dict)
    things: dict[str, Record] = field(default_factory=dict)
    policies: dict[str, Record] = field(default_factory=dict)
    certificates: dict[str, Record] = field(default_factory=dict)
    rules: dict[str, Record] = field(default_factory=dict)
    shadows: dict[tuple[str, str], Record] = field(default_factory=dict)
    principals: dict[tuple[str, str], Record] = field(default_factory=dict)
    certificate_policies: dict[tuple[str, str], Record] = field(default_factory=dict)
    members: dict[tuple[str, str], Record] = field(default_factory=dict)
    group_policies: dict[tuple[str, str], Record] = field(default_factory=dict)
    deprecations: dict[str, Record] = field(default_factory=dict)


def connect(session: "boto3.Session", endpoint_url: str | None, region: str | None) -> Endpoint:
    """Make the clients of an endpoint and learn its account from an ARN of its own."""
    config = Config(max_pool_connections=2 * WORKERS, retries={"mode": "adaptive", "max_attempts": 8})
    iot = session.client("iot", endpoint_url=endpoint_url, region_name=region, config=config)
    data_url = endpoint_url or f"https://{iot.describe_endpoint(endpointType='iot:Data-ATS')['endpointAddress']}"
    data = session.client("iot-data", endpoint_url=data_url, region_name=region, config=config)
    return Endpoint(iot, data, _account(session, iot, endpoint_url), iot.meta.region_name)


def read(endpoint: Endpoint, *, told: Callable[[str, int], None]) -> Inventory:
    """Read an endpoint's fleet; `told(kind, count)` is called as each kind grows."""
    inventory = Inventory()
    with ThreadPoolExecutor(WORKERS) as pool:
        for kind, reader in _READERS.items():
            records: dict[Any, Record] = getattr(inventory, kind)
            for name, record in reader(endpoint, pool):
                records[name] = record
                told(kind, len(records))
        for (thing, shadow), record in _shadows(endpoint, pool, list(inventory.things)):
            inventory.shadows[thing, shadow] = record
            told("shadows", len(inventory.shadows))
    _part_attachments(endpoint, inventory)
    return inventory


def in_batches(pool: ThreadPoolExecutor, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Work on items in parallel and answer in their order; an interrupt waits for one batch at most."""
    waiting = iter(items)
    while batch := list(islice(waiting, BATCH)):
        yield from pool.map(work, batch)


def _part_attachments(endpoint: Endpoint, inventory: Inventory) -> None:
    """Make what is attached, and what is deprecated, records of their own: each can be missing by itself."""
    prints = {certificate_id: fingerprint for fingerprint, certificate_id in endpoint.certificate_ids.items()}
    for thing, record in inventory.things.items():
        ids = record.pop("certificates")
        inventory.principals.update({(thing, prints[one]): {} for one in ids if one in prints})
    for fingerprint, record in inventory.certificates.items():
        inventory.certificate_policies.update({(fingerprint, policy): {} for policy in record.pop("policies")})
    for group, record in inventory.groups.items():
        inventory.members.update({(group, thing): {} for thing in record.pop("members")})
        inventory.group_policies.update({(group, policy): {} for policy in record.pop("policies")})
    inventory.deprecations.update({name: {} for name, record in inventory.types.items() if record.pop("deprecated")})


def _account(session: "boto3.Session", iot: Any, endpoint_url: str | None) -> str:
    for operation, key, arn in (
        ("list_things", "things", "thingArn"),
        ("list_policies", "policies", "policyArn"),
        ("list_certificates", "certificates", "certificateArn"),
        ("list_topic_rules", "rules", "ruleArn"),
    ):
        rows = getattr(iot, operation)()[key]
        if rows:
            return str(rows[0][arn].split(":")[4])
    if endpoint_url:
        return "123456789012"
    return str(session.client("sts").get_caller_identity()["Account"])


def _pages(call: Callable[..., Record], key: str, **arguments: Any) -> Iterator[Any]:
    while True:
        answer = call(**arguments)
        yield from answer.get(key, [])
        if answer.get("nextToken"):
            arguments["nextToken"] = answer["nextToken"]
        elif answer.get("nextMarker"):
            arguments["marker"] = answer["nextMarker"]
        else:
            return


def _types(endpoint: Endpoint, pool: ThreadPoolExecutor) -> Iterator[tuple[str, Record]]:
    for row in _pages(endpoint.iot.list_thing_types, "thingTypes"):
        yield (
            row["thingTypeName"],
            {
                "thingTypeProperties": row.get("thingTypeProperties", {}),
                "deprecated": row.get("thingTypeMetadata", {}).get("deprecated", False),
            },
        )


def _groups(endpoint: Endpoint, pool: ThreadPoolExecutor) -> Iterator[tuple[str, Record]]:
    names = [row["groupName"] for row in _pages(endpoint.iot.list_thing_groups, "thingGroups")]

    def describe(name: str) -> tuple[str, Record]:
        answer = endpoint.iot.describe_thing_group(thingGroupName=name)
        record = {
            "thingGroupProperties": answer.get("thingGroupProperties", {}),
            "parentGroupName": answer.get("thingGroupMetadata", {}).get("parentGroupName"),
            "queryString": answer.get("queryString"),
            "policies": _policies_of(endpoint, endpoint.arn("thinggroup", name)),
            "members": [],
        }
        if not record["queryString"]:
            record["members"] = list(
                _pages(endpoint.iot.list_things_in_thing_group, "things", thingGroupName=name, recursive=False)
            )
        return name, record

    yield from in_batches(pool, describe, names)


def _things(endpoint: Endpoint, pool: ThreadPoolExecutor) -> Iterator[tuple[str, Record]]:
    def complete(row: Record) -> tuple[str, Record]:
        principals = _pages(endpoint.iot.list_thing_principals, "principals", thingName=row["thingName"])
        return row["thingName"], {
            "attributes": row.get("attributes", {}),
            "thingTypeName": row.get("thingTypeName"),
            "certificates": [arn.rpartition("/")[2] for arn in principals if ":cert/" in arn],
        }

    yield from in_batches(pool, complete, _pages(endpoint.iot.list_things, "things"))


def _policies(endpoint: Endpoint, pool: ThreadPoolExecutor) -> Iterator[tuple[str, Record]]:
    names = [row["policyName"] for row in _pages(endpoint.iot.list_policies, "policies")]
    documents = in_batches(pool, lambda name: endpoint.iot.get_policy(policyName=name)["policyDocument"], names)
    yield from ((name, {"policyDocument": document}) for name, document in zip(names, documents, strict=True))


def _certificates(endpoint: Endpoint, pool: ThreadPoolExecutor) -> Iterator[tuple[str, Record]]:
    ids = [row["certificateId"] for row in _pages(endpoint.iot.list_certificates, "certificates")]

    def describe(certificate_id: str) -> tuple[str, Record]:
        answer = endpoint.iot.describe_certificate(certificateId=certificate_id)["certificateDescription"]
        fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(answer["certificatePem"])).hexdigest()
        endpoint.certificate_ids[fingerprint] = certificate_id
        return fingerprint, {
            "certificatePem": answer["certificatePem"],
            "status": answer["status"],
            "policies": _policies_of(endpoint, endpoint.arn("cert", certificate_id)),
        }

    yield from in_batches(pool, describe, ids)


def _rules(endpoint: Endpoint, pool: ThreadPoolExecutor) -> Iterator[tuple[str, Record]]:
    names = [row["ruleName"] for row in _pages(endpoint.iot.list_topic_rules, "rules")]
    answers = in_batches(pool, lambda name: endpoint.iot.get_topic_rule(ruleName=name), names)
    for name, answer in zip(names, answers, strict=True):
        payload = {key: value for key, value in answer["rule"].items() if key not in ("ruleName", "createdAt")}
        yield name, payload


def _shadows(
    endpoint: Endpoint, pool: ThreadPoolExecutor, things: list[str]
) -> Iterator[tuple[tuple[str, str], Record]]:
    def of_thing(thing: str) -> list[tuple[tuple[str, str], Record]]:
        names = ["", *_pages(endpoint.data.list_named_shadows_for_thing, "results", thingName=thing)]
        documents = ((name, _shadow(endpoint, thing, name)) for name in names)
        return [((thing, name), {"payload": document}) for name, document in documents if document]

    for found in in_batches(pool, of_thing, things):
        yield from found


def _shadow(endpoint: Endpoint, thing: str, name: str) -> str | None:
    try:
        answer = endpoint.data.get_thing_shadow(thingName=thing, **({"shadowName": name} if name else {}))
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise
    return str(answer["payload"].read().decode())


def _policies_of(endpoint: Endpoint, target: str) -> list[str]:
    return sorted(row["policyName"] for row in _pages(endpoint.iot.list_attached_policies, "policies", target=target))


_READERS: dict[str, Callable[[Endpoint, ThreadPoolExecutor], Iterator[tuple[str, Record]]]] = {
    "types": _types,
    "groups": _groups,
    "things": _things,
    "policies": _policies,
    "certificates": _certificates,
    "rules": _rules,
}
