"""Who a device is and what it may do: how it is let in, and how changes find it."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from iot.bridge import outbox
from iot.services import certificates, policies, refusals
from iot.services.call import call
from tests.gateway.conftest import SCOPE, Cloud, document, statement, until
from tests.gateway.raw import DISCONNECT, dial

OpenCloud = Callable[..., Awaitable[Cloud]]


async def test_an_inactive_certificate_is_refused_and_the_refusal_is_kept(cloud: Cloud) -> None:
    credentials = await cloud.certificate(active=False)
    raw = await dial(cloud.port, credentials.context)
    answer = await raw.connect("nobody")
    assert answer is not None
    assert answer.body[1] == 0x87
    assert await raw.receive() is None

    def kept() -> bool:
        return any(message.topic == "$seen/refused" and b"nobody" in message.payload for message in cloud.heard)

    await until(kept)
    row = await call(lambda: refusals.refusals(SCOPE).get())
    assert (row.client_id, row.action, row.principal) == ("nobody", "iot:Connect", credentials.certificate_id)
    assert "INACTIVE" in row.reason


async def test_a_deactivated_certificate_is_out_at_once(cloud: Cloud) -> None:
    credentials = await cloud.certificate()
    five, three = await cloud.device("out-5", credentials), await cloud.device("out-3", credentials, version=4)
    await call(certificates.update_certificate, SCOPE, certificate_id=credentials.certificate_id, new_status="INACTIVE")
    said = await five.receive(5)
    assert said is not None
    assert (said.kind, said.body[0]) == (DISCONNECT, 0x98)
    assert await three.receive(5) is None
    event = await cloud.event("$aws/events/presence/disconnected/out-5")
    assert event["disconnectReason"] == "AUTH_ERROR"


async def test_a_deactivation_whose_notice_is_lost_is_found_by_polling(cloud: Cloud) -> None:
    credentials = await cloud.certificate()
    device = await cloud.device("polled", credentials)
    outbox.detach()
    await call(certificates.update_certificate, SCOPE, certificate_id=credentials.certificate_id, new_status="REVOKED")
    said = await device.receive(5)
    assert said is not None
    assert (said.kind, said.body[0]) == (DISCONNECT, 0x98)


async def test_a_policy_that_no_longer_allows_a_subscription_ends_the_connection(cloud: Cloud) -> None:
    credentials = await cloud.certificate()
    device = await cloud.device("changed", credentials)
    await device.subscribe("secret/#")
    text = json.dumps(
        document(
            statement("iot:*", "*"),
            statement("iot:Subscribe", "arn:aws:iot:us-east-1:123456789012:topicfilter/secret/*", "Deny"),
        )
    )
    await call(
        policies.create_policy_version,
        SCOPE,
        policy_name=credentials.policy,
        policy_document=text,
        set_as_default=True,
    )
    said = await device.receive(5)
    assert said is not None
    assert (said.kind, said.body[0]) == (DISCONNECT, 0x87)
    assert (await cloud.event("$aws/events/presence/disconnected/changed"))["disconnectReason"] == "AUTH_ERROR"


async def test_a_changed_policy_counts_for_the_next_message_of_a_live_connection(cloud: Cloud) -> None:
    credentials = await cloud.certificate()
    device = await cloud.device("next", credentials)
    device.publish("a", b"1", qos=1)
    answer = await device.receive()
    assert answer is not None
    assert answer.body[2:3] in (b"", b"\x00", b"\x10")
    text = json.dumps(document(statement(["iot:Connect", "iot:Subscribe"], "*")))
    await call(
        policies.create_policy_version,
        SCOPE,
        policy_name=credentials.policy,
        policy_document=text,
        set_as_default=True,
    )

    codes = set()
    async with asyncio.timeout(5):
        while b"\x87" not in codes:
            device.publish("a", b"1", qos=1)
            answer = await device.receive()
            codes.add(answer.body[2:3] if answer is not None else b"")


async def test_detaching_the_policy_ends_the_connection(cloud: Cloud) -> None:
    credentials = await cloud.certificate()
    device = await cloud.device("detached", credentials)
    await call(policies.detach_policy, SCOPE, policy_name=credentials.policy, target=credentials.arn)
    said = await device.receive(5)
    assert said is not None
    assert (said.kind, said.body[0]) == (DISCONNECT, 0x87)


async def test_connect_that_policies_forbid_is_refused_and_told_of(cloud: Cloud) -> None:
    credentials = await cloud.certificate(
        document(statement("iot:Connect", "arn:aws:iot:us-east-1:123456789012:client/me"))
    )
    raw = await dial(cloud.port, credentials.context)
    answer = await raw.connect("you")
    assert answer is not None
    assert answer.body[1] == 0x87
    event = await cloud.event("$aws/events/presence/connect_failed/you")
    assert event["connectFailureReason"] == "AUTHORIZATION_FAILED"
    assert event["principalIdentifier"] == credentials.certificate_id
    assert (await cloud.device("me", credentials)) is not None


async def test_an_mqtt_3_device_is_told_in_its_own_words(cloud: Cloud) -> None:
    credentials = await cloud.certificate(document())
    raw = await dial(cloud.port, credentials.context, version=4)
    answer = await raw.connect("three")
    assert answer is not None
    assert answer.body[1] == 5


async def test_a_will_on_a_forbidden_topic_forbids_to_connect(cloud: Cloud) -> None:
    topics = "arn:aws:iot:us-east-1:123456789012:topic/mine/*"
    credentials = await cloud.certificate(document(statement("iot:Connect", "*"), statement("iot:Publish", topics)))
    raw = await dial(cloud.port, credentials.context)
    answer = await raw.connect("will-1", will=("theirs/x", b"dead"))
    assert answer is not None
    assert answer.body[1] == 0x87
    assert (await cloud.device("will-2", credentials, will=("mine/x", b"dead"))) is not None


async def test_a_client_id_of_our_own_processes_is_not_to_be_had(cloud: Cloud) -> None:
    credentials = await cloud.certificate()
    raw = await dial(cloud.port, credentials.context)
    answer = await raw.connect("$bridge-0")
    assert answer is not None
    assert answer.body[1] == 0x85


async def test_a_device_without_a_client_id_gets_one(cloud: Cloud) -> None:
    device = await cloud.device("")
    device.disconnect()
    await until(lambda: any("/presence/connected/auto-" in message.topic for message in cloud.heard))


async def test_a_client_id_that_connects_too_often_has_to_wait(open_cloud: OpenCloud) -> None:
    cloud = await open_cloud(limits={"connects_per_client": 0.1})
    credentials = await cloud.certificate()
    await cloud.device("hasty", credentials)
    raw = await dial(cloud.port, credentials.context)
    answer = await raw.connect("hasty")
    assert answer is not None
    assert answer.body[1] == 0x97
