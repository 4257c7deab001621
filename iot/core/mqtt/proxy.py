"""One device's conversation: bytes of the device and of the broker in, bytes to both and events out.

The shell does five things in order: feed, take events, write, set the deadline, handle the events.

    proxy.feed_device(data)            # or feed_broker, device_lost, broker_lost, accept, refuse, end
    for event in proxy.events(): ...
    device.write(proxy.to_device()); broker.write(proxy.to_broker())
    pause or resume reading from the device by proxy.wants_pause

No method raises for what a peer sent. After `Ended` (or as soon as `proxy.ended`) the shell writes what is left and closes
both sides. It closes the broker's side for writing first and reads (and throws away) until the broker closes, for at most
a few seconds: closing with unread acknowledgements makes the kernel reset the connection, and the broker would lose
what it has not read yet, DISCONNECT included.
"""

from iot.core.mqtt.events import Cause, Event, Judge, ProxyConfig
from iot.core.mqtt.reason_codes import ReasonCode


class Proxy:
    """The state of one device's conversation with the broker."""

    publishes_in: int  # accepted from the device
    publishes_out: int  # delivered to the device
    bytes_in: int  # of their payloads
    bytes_out: int
    packets_in: int  # whole packets from the device: the shell renews the keep-alive when this has grown
    judge: Judge  # may be replaced at any time, for example when policies changed
    version: int  # 4 or 5, valid once ConnectRequested came
    client_id: str  # valid after accept
    keep_alive: int  # seconds agreed on, valid after accept; 0 means none. The connection is dead after 1.5 times that
    session_expiry: int  # seconds, as told to the broker
    ended: bool
    wants_pause: bool  # the shell should not read from the device for now

    def __init__(self, config: ProxyConfig) -> None:
        raise NotImplementedError

    @property
    def partial(self) -> bool:
        """Say whether a packet of the device has begun and not ended; for the deadline of a dribbled packet."""
        raise NotImplementedError

    @property
    def subscriptions(self) -> dict[str, int]:
        """Answer the filters granted on this connection, with their QoS."""
        raise NotImplementedError

    def feed_device(self, data: bytes) -> None:
        """Take bytes that the device sent."""
        raise NotImplementedError

    def feed_broker(self, data: bytes) -> None:
        """Take bytes that the broker sent."""
        raise NotImplementedError

    def to_device(self) -> bytes:
        """Take the bytes to write to the device, in one write."""
        raise NotImplementedError

    def to_broker(self) -> bytes:
        """Take the bytes to write to the broker, in one write."""
        raise NotImplementedError

    def events(self) -> list[Event]:
        """Take what happened since the last call, in order."""
        raise NotImplementedError

    def accept(
        self,
        judge: Judge,
        stamp: str,
        *,
        client_id: str = "",
        session_expiry: int | None = None,
        broker_username: str | None = None,
        broker_password: bytes | None = None,
    ) -> None:
        """Let the device in as far as we are concerned: begins the conversation with the broker.

        `stamp` is the value of the stamp (`core.message.encode_stamp`). `client_id` is the one to use upstream, by
        default the device's own; it is told to the device as assigned when its own was empty. `session_expiry`
        overrides what the device asked for within the limits.
        """
        raise NotImplementedError

    def refuse(self, reason_code: ReasonCode, cause: Cause = Cause.AUTH_ERROR, detail: str = "") -> None:
        """Answer CONNECT with a refusal, in the device's version of the protocol, and end."""
        raise NotImplementedError

    def end(
        self,
        reason_code: ReasonCode,
        cause: Cause = Cause.SERVER_INITIATED_DISCONNECT,
        *,
        will: bool = True,
        clear_session: bool = False,
        detail: str = "",
    ) -> None:
        """End the conversation from our side: DISCONNECT to an MQTT 5 device; the broker sends the will if `will`.

        `clear_session` makes the broker forget the session. Works in every state; does nothing once ended.
        """
        raise NotImplementedError

    def keep_alive_expired(self) -> None:
        """End because the device was silent for 1.5 times the keep-alive."""
        raise NotImplementedError

    def device_lost(self) -> None:
        """End because the device's connection is gone without DISCONNECT."""
        raise NotImplementedError

    def broker_lost(self) -> None:
        """End because the broker's connection is gone or could not be made: 0x88 before CONNACK, 0x8B after it."""
        raise NotImplementedError

    def deliver(self, topic: str, payload: bytes, *, qos: int = 0, properties: bytes = b"") -> int:
        """Send the device a message of our own (SendDirectMessage); answer its packet id, 0 for QoS 0.

        `properties` are encoded MQTT 5 properties without their length; a 3.1.1 device does not get them.
        """
        raise NotImplementedError
