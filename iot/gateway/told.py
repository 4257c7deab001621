"""What a refusal of the proxy means: the same question asked once more, for the statement that decided."""

from iot.core.mqtt.events import PublishRefused, ReceiveRefused, SubscribeRefused
from iot.core.mqtt.reason_codes import ReasonCode
from iot.gateway.authorize import Authority, Refused
from iot.gateway.refusal_log import RefusalLog

_ACTIONS = {"PublishIn": "iot:Publish", "Subscribe": "iot:Subscribe", "PublishOut": "iot:Receive"}
Refusal = PublishRefused | SubscribeRefused | ReceiveRefused


class Teller:
    """Notes the refusals of one device."""

    __slots__ = ("_address", "_log", "client_id", "principal")

    def __init__(self, log: RefusalLog, address: str) -> None:
        self._log = log
        self._address = address
        self.client_id = ""
        self.principal = ""

    def refused(self, refused: Refused) -> None:
        """Note what policies or reserved topics forbid."""
        self._log.refused(refused, client_id=self.client_id, principal=self.principal, address=self._address)

    def note(self, action: str, reason: str, resource: str = "") -> None:
        """Note what is refused for another reason."""
        self._log.note(
            client_id=self.client_id,
            principal=self.principal,
            address=self._address,
            action=action,
            resource=resource or self.client_id,
            reason=reason,
        )

    def event(self, event: Refusal, authority: Authority) -> str:
        """Note what the proxy has refused; answers the name of the metric that counts it."""
        family, name, code, refused = _read(event, authority)
        if refused is not None:
            self.refused(refused)
            return f"{family}.AuthError"
        self.note(_ACTIONS[family], ReasonCode(code).name.replace("_", " ").capitalize(), name)
        return f"{family}.{'Throttle' if code == ReasonCode.QUOTA_EXCEEDED else 'ClientError'}"


def _read(event: Refusal, authority: Authority) -> tuple[str, str, int, Refused | None]:
    """Answer the family of metrics, the topic or filter, the reason code, and what the policies say."""
    match event:
        case PublishRefused():
            throttled = event.reason_code == ReasonCode.QUOTA_EXCEEDED
            refused = None if throttled else authority.may_publish(event.topic, event.retain)
            return "PublishIn", event.topic, event.reason_code, refused
        case SubscribeRefused():
            return "Subscribe", event.topic_filter, event.reason_code, authority.may_subscribe(event.topic_filter)
        case ReceiveRefused():
            forbidden = event.reason_code == ReasonCode.NOT_AUTHORIZED
            refused = authority.may_receive(event.topic) if forbidden else None
            return "PublishOut", event.topic, event.reason_code, refused
