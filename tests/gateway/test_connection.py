"""Devices through the gateway: what they may, what they hear, and what is told of them."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from iot.models import ThingType
from iot.services import things
from iot.services.call import call
from tests.gateway.conftest import SCOPE, Cloud, document, statement, until
from tests.gateway.raw import DISCONNECT, PUBACK, PUBLISH

OpenCloud = Callable[..., Awaitable[Cloud]]


@pytest.mark.parametrize("version", [4, 5])
async def test_a_message_goes_from_device_to_device(cloud: Cloud, version: int) -> None:
    one = await cloud.device("one", version=version)
    two = await cloud.device("two", version=version)
    assert await two.subscribe("room/#") == [1]
    one.publish("room/1", b"hello", qos=1)
    assert (await one.receive()).kind == PUBACK  # type: ignore[union-attr]  # None fails too
    received = await two.receive()
    assert received is not None
    assert received.kind == PUBLISH
    assert received.body.endswith(b"hello")
    assert b"thingstead-sender" not in received.body


async def test_whoever_is_behind_the_broker_is_told_who_sent_it(cloud: Cloud) -> None:
    credentials = await cloud.certificate()
    device = await cloud.device("sender-1", credentials)
    device.publish("stamped", b"x", qos=1)
    message = await until(lambda: next((one for one in cloud.heard if one.topic == "stamped"), None))
    assert message.sender.client_id == "sender-1"
    assert message.sender.principal == credentials.certificate_id
    assert message.sender.address == "127.0.0.1"


async def test_each_filter_of_a_subscribe_is_judged(cloud: Cloud) -> None:
    filters = "arn:aws:iot:us-east-1:123456789012:topicfilter/open/*"
    credentials = await cloud.certificate(document(statement("iot:Connect", "*"), statement("iot:Subscribe", filters)))
    device = await cloud.device("filters", credentials)
    assert await device.subscribe("open/a", "shut", "$share/mine/open/b", "$share/mine/shut") == [1, 0x87, 1, 0x87]
    event = await cloud.event("$aws/events/subscriptions/subscribed/filters")
    assert event["topics"] == ["open/a", "$share/mine/open/b"]


async def test_what_may_not_be_received_is_not_delivered(cloud: Cloud) -> None:
    topics = "arn:aws:iot:us-east-1:123456789012:topic/news/open"
    reader = await cloud.certificate(
        document(statement(["iot:Connect", "iot:Subscribe"], "*"), statement("iot:Receive", topics))
    )
    listener, speaker = await cloud.device("listener", reader), await cloud.device("speaker")
    await listener.subscribe("news/#")
    speaker.publish("news/shut", b"no")
    speaker.publish("news/open", b"yes")
    received = await listener.receive()
    assert received is not None
    assert received.body.endswith(b"yes")


@pytest.mark.parametrize(
    "topic_filter",
    ["$SYS/#", "$CONTROL/#", "$changed/#", "$gateway/#", "$seen/#", "$share/ours/#", "$aws/rules/#", "$retained/#"],
)
async def test_topics_of_the_broker_and_ours_cannot_be_subscribed_to(cloud: Cloud, topic_filter: str) -> None:
    device = await cloud.device("nosy")
    assert (await device.subscribe(topic_filter))[0] in (0x87, 0x8F)


@pytest.mark.parametrize("topic", ["$gateway/disconnect/eA==", "$changed/policies/eA==", "$aws/events/x", "$SYS/x"])
async def test_topics_of_the_broker_and_ours_cannot_be_published_to(cloud: Cloud, topic: str) -> None:
    device = await cloud.device("forger")
    device.publish(topic, b"{}", qos=1)
    answer = await device.receive()
    assert answer is not None
    assert (answer.kind, answer.body[2]) == (PUBACK, 0x90)


async def test_the_later_of_two_connections_with_one_client_id_stays(cloud: Cloud) -> None:
    credentials = await cloud.certificate()
    first = await cloud.device("twin", credentials, will=("twin/will", b"gone"), clean=False)
    second = await cloud.device("twin", credentials, clean=False)
    said = await first.receive()
    assert said is not None
    assert (said.kind, said.body[0]) == (DISCONNECT, 0x8E)
    await until(lambda: any(message.topic == "twin/will" for message in cloud.heard))
    await cloud.event("$aws/events/presence/disconnected/twin", disconnectReason="DUPLICATE_CLIENTID", versionNumber=0)
    await cloud.event("$aws/events/presence/connected/twin", versionNumber=1)
    second.publish("alive", b"", qos=1)
    assert (await second.receive()).kind == PUBACK  # type: ignore[union-attr]  # None fails too


async def test_a_client_id_that_moves_to_another_gateway_ends_here(open_cloud: OpenCloud) -> None:
    one, two = await open_cloud(), await open_cloud()
    credentials = await one.certificate()
    first = await one.device("mover", credentials, will=("mover/will", b"gone"), clean=False)
    await two.device("mover", credentials, clean=False)
    said = await first.receive()
    assert said is not None
    assert (said.kind, said.body[0]) == (DISCONNECT, 0x8E)
    await one.event("$aws/events/presence/disconnected/mover", disconnectReason="DUPLICATE_CLIENTID")
    await until(lambda: any(message.topic == "mover/will" for message in one.heard))


async def test_events_tell_of_a_connection_from_beginning_to_end(cloud: Cloud) -> None:
    credentials = await cloud.certificate()
    device = await cloud.device("told", credentials)
    connected = await cloud.event("$aws/events/presence/connected/told")
    assert connected.keys() == {
        "clientId",
        "timestamp",
        "eventType",
        "sessionIdentifier",
        "principalIdentifier",
        "versionNumber",
        "ipAddress",
    }
    assert (connected["eventType"], connected["ipAddress"], connected["versionNumber"]) == ("connected", "127.0.0.1", 0)
    device.disconnect()
    gone = await cloud.event("$aws/events/presence/disconnected/told")
    assert gone["clientInitiatedDisconnect"] is True
    assert gone["disconnectReason"] == "CLIENT_INITIATED_DISCONNECT"
    assert (gone["sessionIdentifier"], gone["versionNumber"]) == (connected["sessionIdentifier"], 0)
    await cloud.device("told", credentials)
    await cloud.event("$aws/events/presence/connected/told", versionNumber=1)


async def test_a_connection_that_breaks_is_told_as_lost_and_its_will_is_sent(cloud: Cloud) -> None:
    device = await cloud.device("broken", will=("broken/will", b"gone"))
    device.writer.transport.abort()
    assert (await cloud.event("$aws/events/presence/disconnected/broken"))["disconnectReason"] == "CONNECTION_LOST"
    await until(lambda: any(message.topic == "broken/will" for message in cloud.heard))


async def test_a_silent_device_is_ended_after_one_and_a_half_keep_alives(cloud: Cloud) -> None:
    device = await cloud.device("silent", keep_alive=1)
    said = await device.receive()
    assert said is not None
    assert (said.kind, said.body[0]) == (DISCONNECT, 0x8D)
    event = await cloud.event("$aws/events/presence/disconnected/silent")
    assert event["disconnectReason"] == "MQTT_KEEP_ALIVE_TIMEOUT"


async def test_what_is_not_mqtt_is_told_as_the_clients_error(cloud: Cloud) -> None:
    device = await cloud.device("garbled")
    device.send(b"\xf5\x00\xff")
    await cloud.event("$aws/events/presence/disconnected/garbled", disconnectReason="CLIENT_ERROR")


async def test_too_many_publishes_are_refused_by_quota_in_strict_mode(open_cloud: OpenCloud) -> None:
    cloud = await open_cloud(mode="strict", limits={"publishes": 5, "burst_seconds": 1, "connects_per_client": 20})
    device = await cloud.device("eager")
    for number in range(1, 9):
        device.publish("a", b"", qos=1, packet_id=number)
    codes = [answer.body[2:3] for _ in range(8) if (answer := await device.receive())]
    assert codes.count(b"\x97") == 3
    await until(lambda: any(b"Quota exceeded" in message.payload for message in cloud.heard))


async def test_a_flood_of_bytes_is_read_no_faster_than_allowed(open_cloud: OpenCloud) -> None:
    cloud = await open_cloud(limits={"bytes": 100_000, "burst_seconds": 1})
    device = await cloud.device("flood")
    began = asyncio.get_running_loop().time()
    for number in range(1, 4):
        device.publish("a", b"x" * 100_000, qos=1, packet_id=number)
    for _ in range(3):
        assert await device.receive() is not None
    assert asyncio.get_running_loop().time() - began > 0.9


async def test_a_stopping_gateway_tells_its_devices(open_cloud: OpenCloud) -> None:
    cloud, other = await open_cloud(), await open_cloud()
    device = await cloud.device("told-to-go")
    await cloud.gateway.stop()
    said = await device.receive()
    assert said is not None
    assert (said.kind, said.body[0]) == (DISCONNECT, 0x8B)
    event = await other.event("$aws/events/presence/disconnected/told-to-go")
    assert event["disconnectReason"] == "SERVER_INITIATED_DISCONNECT"


async def test_the_bridge_hears_of_every_retained_message(cloud: Cloud) -> None:
    await cloud.client.subscribe("$retained/#")
    device = await cloud.device("keeper")
    device.publish("kept/here", b"value", qos=1, retain=True)
    copy = await until(lambda: next((one for one in cloud.heard if one.topic == "$retained/kept/here"), None))
    assert (copy.payload, copy.retain, copy.sender.client_id) == (b"value", False, "keeper")
    device.publish("kept/here", b"", qos=1, retain=True)
    dying = await cloud.device("dying", will=("kept/will", b"gone"), will_retain=True)
    dying.writer.transport.abort()
    copy = await until(lambda: next((one for one in cloud.heard if one.topic == "$retained/kept/will"), None))
    assert (copy.payload, copy.sender.protocol) == (b"gone", "will")
    device.publish("kept/will", b"", qos=1, retain=True)
    await until(lambda: any(one.topic == "$retained/kept/will" and not one.payload for one in cloud.heard))


async def test_a_thing_types_attributes_travel_with_the_messages_of_its_things(cloud: Cloud) -> None:
    def make(arn: str) -> None:
        attributes = [
            {"userPropertyKey": "site", "thingAttribute": "location"},
            {"userPropertyKey": "name", "connectionAttribute": "iot:Thing.ThingName"},
            {"userPropertyKey": "none", "thingAttribute": "absent"},
        ]
        ThingType.objects.create(
            account=SCOPE.account, region=SCOPE.region, name="propagating", propagating_attributes=attributes
        )
        payload = {"attributes": {"location": "roof"}}
        things.create_thing(SCOPE, thing_name="vane", thing_type_name="propagating", attribute_payload=payload)
        things.attach_thing_principal(SCOPE, thing_name="vane", principal=arn)

    credentials = await cloud.certificate()
    await call(make, credentials.arn)
    device = await cloud.device("vane", credentials)
    device.publish("wind", b"7", qos=1)
    message = await until(lambda: next((one for one in cloud.heard if one.topic == "wind"), None))
    assert message.properties.user_properties == (("site", "roof"), ("name", "vane"))


async def test_a_will_says_that_it_is_one(cloud: Cloud) -> None:
    device = await cloud.device("testator", will=("testament", b"gone"))
    device.writer.transport.abort()
    message = await until(lambda: next((one for one in cloud.heard if one.topic == "testament"), None))
    assert (message.sender.client_id, message.sender.protocol) == ("testator", "will")


async def test_a_device_that_does_not_read_its_answers_is_not_read_from(cloud: Cloud) -> None:
    credentials = await cloud.certificate(document(statement("iot:Connect", "*")))
    deaf = await cloud.device("deaf", credentials)
    device = cloud.gateway.shared.clients.with_client_id("deaf")
    assert device is not None
    device.pause_writing()
    deaf.publish("a", b"", qos=1)
    deaf.publish("a", b"", qos=1, packet_id=2)
    with pytest.raises(TimeoutError):
        await deaf.receive(0.2)
    device.resume_writing()
    assert await deaf.receive() is not None


async def test_a_filter_does_not_hear_its_parent_in_strict_mode(open_cloud: OpenCloud) -> None:
    cloud = await open_cloud(mode="strict")
    device = await cloud.device("strict-parent")
    assert await device.subscribe("sensor/#") == [1]
    for topic in ("sensor", "sensor/1"):
        device.publish(topic, topic.encode(), qos=1)
    heard = [await device.receive() for _ in range(3)]
    assert [one.body[10:] for one in heard if one is not None and one.kind == PUBLISH] == [b"\0\x01\0sensor/1"]
