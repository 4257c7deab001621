"""One of everything for the console to show: names as long as they may be, and texts that mean harm, in every place.

`furnish` works on the installation of its own process; `furnish_stack` has it run in a process of a running one.
"""

import json
import time
from typing import Any

import orjson
from django.conf import settings

from iot.core.message import Message, Properties
from iot.services import (
    access,
    account_settings,
    audit,
    connections,
    destinations,
    local_actions,
    local_tables,
    messages,
    metrics,
    refusals,
    rule_failures,
)
from iot.services.local_tables import Entry
from iot.services.rule_failures import Failure
from tests.api.issuing import authority
from tests.stack import Stack

MARKUP = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;{{7*7}}"
# Hebrew, a right-to-left override, a joined emoji, a combining accent, and a word that nothing breaks
FOREIGN = "שלום \u202eחושב 👩🏽‍🚀 é " + "W" * 60
HOSTILE = MARKUP + FOREIGN
BINARY = bytes(range(256))
HUGE = json.dumps({"text": HOSTILE, "rows": list(range(25_000))}).encode()[: 127 * 1024]
ROLE = "arn:aws:iam::123456789012:role/r"
EVERYTHING = {"Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]}
TOLD = "Furniture: "


def furnish_stack(stack: Stack, prefix: str) -> dict[str, str]:
    """Furnish a running installation; answers as `furnish`."""
    script = f"import json\nfrom tests.console import furniture as f\nprint(f.TOLD + json.dumps(f.furnish({prefix!r})))"
    done = stack.manage("shell", "-v", "0", "-c", script)
    told = [line.removeprefix(TOLD) for line in done.stdout.splitlines() if line.startswith(TOLD)]
    assert told, done.stderr
    found: dict[str, str] = json.loads(told[0])
    return found


def furnish(prefix: str) -> dict[str, str]:
    """Make one of everything; answers their names by kind, and the hostile texts to ask for."""
    from tests.api import harness  # it needs the applications

    iot, data = harness.client(), harness.client("iot-data")
    names = {
        **{kind: _longest(f"{prefix}:{kind}:", 128) for kind in ("thing", "group", "type")},
        **{kind: _longest(f"{prefix}_{kind}_", 128) for kind in ("rule", "policy")},
        **{kind: _longest(f"{prefix}-{kind}-", 64) for kind in ("job", "shadow", "table")},
        "client": f"{prefix}{HOSTILE}"[:100],
        "gone_client": f"{prefix}/ ?#%2F gone",
        "topic": f"{prefix}/{MARKUP.replace('+', '').replace('#', '')}/{FOREIGN}",
        "binary_topic": f"{prefix}/binary",
        "huge_topic": f"{prefix}/{'W' * 200}",
        "hostile": HOSTILE,
        "hostile_filter": f"0:{prefix}/{MARKUP}/#",
    }
    _things(iot, data, names)
    names["certificate"] = _security(iot, names)
    names["ca"] = _authority(iot)
    _rule(iot, names)
    _job(iot, names)
    _seen(names)
    names["refusal"] = str(refusals.refusals(settings.SCOPE)[0].pk)
    names["user"], names["key"] = _people(prefix)
    return names


def _longest(beginning: str, length: int) -> str:
    return beginning + "W" * (length - len(beginning))


def _things(iot: Any, data: Any, names: dict[str, str]) -> None:
    thing, group, kind = names["thing"], names["group"], names["type"]
    text = MARKUP + "W" * 300  # a description is of ASCII
    iot.create_thing_type(
        thingTypeName=kind, thingTypeProperties={"thingTypeDescription": text, "searchableAttributes": ["hall"]}
    )
    iot.create_thing_group(thingGroupName=f"{group[:100]}-above")
    iot.create_thing_group(
        thingGroupName=group,
        parentGroupName=f"{group[:100]}-above",
        thingGroupProperties={"thingGroupDescription": text, "attributePayload": {"attributes": {"w": "W" * 800}}},
    )
    iot.create_thing(
        thingName=thing,
        thingTypeName=kind,
        attributePayload={"attributes": {"hall": "7", _longest("key-", 128): "#" + "W" * 799}},
    )
    iot.add_thing_to_thing_group(thingGroupName=group, thingName=thing)
    for wish in ({"interval": 5}, {"interval": 10, MARKUP: {"a.b": HOSTILE, "deep": {"er": [1, True, HOSTILE]}}}):
        state = {"desired": wish, "reported": {"interval": 10, "firmware": FOREIGN}}
        data.update_thing_shadow(thingName=thing, payload=json.dumps({"state": state}))
    network = {"state": {"reported": {"rssi": -6, HOSTILE: HOSTILE}}}
    data.update_thing_shadow(thingName=thing, shadowName=names["shadow"], payload=json.dumps(network))


def _security(iot: Any, names: dict[str, str]) -> str:
    made = iot.create_keys_and_certificate(setAsActive=True)
    narrow = {
        "Statement": [
            {"Effect": "Deny", "Action": "iot:Publish", "Resource": settings.SCOPE.arn("topic", names["topic"])},
            {"Sid": "All", "Effect": "Allow", "Action": "iot:*", "Resource": "*"},
        ]
    }
    iot.create_policy(policyName=names["policy"], policyDocument=json.dumps(EVERYTHING))
    iot.create_policy_version(policyName=names["policy"], policyDocument=json.dumps(narrow), setAsDefault=True)
    iot.attach_policy(policyName=names["policy"], target=made["certificateArn"])
    iot.attach_thing_principal(thingName=names["thing"], principal=made["certificateArn"])
    return str(made["certificateId"])


def _authority(iot: Any) -> str:
    made = iot.register_ca_certificate(
        caCertificate=authority(MARKUP[:60]).pem, certificateMode="SNI_ONLY", setAsActive=True
    )
    return str(made["certificateId"])


def _rule(iot: Any, names: dict[str, str]) -> None:
    sql = "SELECT *, '<script>alert(1)</script>' AS mark,\n" + f"  '{FOREIGN}' AS far FROM '{names['binary_topic']}/#'"
    url = f"https://example.org/{names['rule']}/hook"
    iot.create_topic_rule(
        ruleName=names["rule"],
        topicRulePayload={
            "sql": sql,
            "description": HOSTILE,
            "actions": [
                {"republish": {"roleArn": ROLE, "topic": f"out/{MARKUP.replace('{{7*7}}', '')}"}},
                {"http": {"url": url}},
                {"sqs": {"roleArn": ROLE, "queueUrl": "https://q/" + "W" * 200}},
            ],
            "errorAction": {"republish": {"roleArn": ROLE, "topic": f"failed/{FOREIGN}"}},
        },
    )
    # No address on this machine is asked for its confirmation
    destination = {"httpUrlConfiguration": {"confirmationUrl": f"https://localhost/{names['table']}/{'W' * 300}?q=<b>"}}
    row = destinations.create_topic_rule_destination(settings.SCOPE, destination_configuration=destination)
    names["destination"] = str(row.pk)
    local_actions.put_local_action(settings.SCOPE, rule_name=names["rule"], kind="table", name=names["table"])
    now = int(time.time() * 1000)
    rows = [{"temperature": 20 + number, HOSTILE: HOSTILE} for number in range(3)]
    local_tables.write(
        settings.SCOPE,
        [
            Entry(names["table"], now - number * 1000, names["rule"], names["topic"], f"t{number}", orjson.dumps(row))
            for number, row in enumerate(rows)
        ],
    )
    rule_failures.record(
        settings.SCOPE,
        [
            Failure(
                names["rule"],
                "http",
                1,
                url,
                f"trace-{number}",
                Message(names["topic"], payload),
                request,
                HOSTILE,
                dead,
            )
            for number, (payload, request, dead) in enumerate(((BINARY, b"", True), (HOSTILE.encode(), BINARY, False)))
        ],
    )


def _job(iot: Any, names: dict[str, str]) -> None:
    iot.create_job(
        jobId=names["job"],
        targets=[settings.SCOPE.arn("thing", names["thing"]), settings.SCOPE.arn("thinggroup", names["group"])],
        document=json.dumps({"operation": HOSTILE, "url": "https://example.org/" + "W" * 200}),
        description=HOSTILE,
    )


def _seen(names: dict[str, str]) -> None:
    """What devices did: connections, refusals, retained messages, figures."""
    scope, now = settings.SCOPE, int(time.time() * 1000)
    client = names["client"]
    told = {"clientId": client, "sessionIdentifier": "s", "ipAddress": "2001:db8::7", "timestamp": now}
    gone = {**told, "clientId": names["gone_client"], "disconnectReason": "CONNECTION_LOST"}
    topics = {"topics": [f"{names['topic']}/#", "W" * 200]}
    connections.absorb(
        scope,
        [
            _event("presence/connected", told, principalIdentifier=names["certificate"], versionNumber=1),
            _event("subscriptions/subscribed", told, **topics),
            _event("presence/connected", gone, principalIdentifier=HOSTILE, versionNumber=1),
            _event("presence/disconnected", gone, versionNumber=1),
        ],
    )
    refusals.record(
        scope,
        [
            {
                "client_id": client,
                "principal": names["certificate"],
                "address": "10.0.0.7",
                "action": "iot:Publish",
                "resource": scope.arn("topic", names["topic"]),
                "reason": HOSTILE,
                "policy": names["policy"],
                "statement_index": 0,
                "statement": {"Effect": "Deny", "Action": HOSTILE, "Resource": "*"},
                "count": 3,
            }
        ],
    )
    kept = {names["topic"]: HOSTILE.encode(), names["binary_topic"]: BINARY, names["huge_topic"]: HUGE}
    properties = Properties(user_properties=((MARKUP, FOREIGN),))
    messages.keep_retained(
        scope, [Message(topic, payload, 1, True, properties=properties) for topic, payload in kept.items()]
    )
    figures: dict[tuple[str, str], float] = {("Connect.Success", ""): 3, ("PublishIn.Success", ""): 1_234_567}
    metrics.add(scope, {**figures, ("TopicMatch", names["rule"]): 12, ("Failure", names["rule"]): 2})


def _event(kind: str, told: dict[str, Any], **members: Any) -> Message:
    body = {**told, "eventType": kind.partition("/")[2], **members}
    return Message(f"$aws/events/{kind}/{told['clientId']}", orjson.dumps(body))


def _people(prefix: str) -> tuple[str, str]:
    """A user, keys, saved messages of everybody, and an audit that quotes what strangers typed."""
    account = settings.ACCOUNT_ID
    user = access.create_user(_longest(f"{prefix}.@+-_é", 150), "a long password", role="viewer", account=account)
    key, _secret = access.create_access_key(user, account=account, role="viewer", description=HOSTILE)
    access.create_bearer_token(user, account=account, role="viewer", description=HOSTILE)
    for one, _role in access.users(account):
        saved = [{"name": HOSTILE[:60], "query": f"filter={prefix}"}]
        account_settings.write(settings.SCOPE, f"console.saved-messages.{one.pk}", saved)
    for operation, outcome in (("Login", "refused"), (HOSTILE[:90], "ok")):
        audit.record(
            settings.SCOPE,
            actor=HOSTILE[:190],
            channel="console",
            operation=operation,
            resource=HOSTILE,
            outcome=outcome,
            before={HOSTILE: [HOSTILE]},
            after={HOSTILE: {"deep": HOSTILE}, "more": "W" * 300},
        )
    return user.username, key
