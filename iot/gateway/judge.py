"""What the proxy asks, answered for one device: policies, reserved topics, AWS's limits on topics, and the rate."""

from iot.core.mqtt.reason_codes import ReasonCode
from iot.core.topic import within_aws_limits
from iot.gateway.authorize import Authority, Refused, Why
from iot.gateway.limits import Bucket


class DeviceJudge:
    """A judge in the sense of the proxy; the authority is replaced when policies change.

    In strict mode what a device publishes and what it receives share one rate, as on AWS. A delivery of QoS 0 above it
    is dropped; one of QoS 1 passes, and for `debt` seconds none should follow: what was acknowledged is not lost.
    """

    __slots__ = ("_rate", "_strict", "authority", "debt")

    def __init__(self, authority: Authority, rate: Bucket, *, strict: bool) -> None:
        self.authority = authority
        self._rate = rate
        self._strict = strict
        self.debt = 0.0

    def may_publish(self, topic: str, retain: bool) -> int:
        if not self._rate.take():
            return ReasonCode.QUOTA_EXCEEDED
        if self._strict and not within_aws_limits(topic):
            return ReasonCode.TOPIC_NAME_INVALID
        if not retain and self.authority.publishes(topic):
            return 0
        refused = self.authority.may_publish(topic, retain)
        return 0 if refused is None else _code(refused, ReasonCode.TOPIC_NAME_INVALID)

    def may_subscribe(self, topic_filter: str) -> int:
        if self._strict and not within_aws_limits(topic_filter):
            return ReasonCode.TOPIC_FILTER_INVALID
        refused = self.authority.may_subscribe(topic_filter)
        return 0 if refused is None else _code(refused, ReasonCode.TOPIC_FILTER_INVALID)

    def may_receive(self, topic: str, qos: int) -> int:
        if not self.authority.receives(topic):
            return ReasonCode.NOT_AUTHORIZED
        if self._strict:
            if not qos and not self._rate.take():
                return ReasonCode.QUOTA_EXCEEDED
            if qos:
                self.debt = self._rate.spend(1)
        return 0


def _code(refused: Refused, reserved: ReasonCode) -> int:
    return reserved if refused.why is Why.RESERVED else ReasonCode.NOT_AUTHORIZED
