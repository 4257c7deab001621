"""What carrying out a request needs of the world: the broker, AWS's services, HTTP, and the data directory."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from iot.core.arn import Scope
from iot.core.message import Message

if TYPE_CHECKING:
    from iot.rules.aws import AwsClients
    from iot.rules.confirmed import Confirmed
    from iot.services.web import Web

Post = Callable[[Message, Callable[[int], None]], None]


@dataclass(slots=True)
class Targets:
    """Handed to every action. `post` publishes a message and tells the reason code of its acknowledgement."""

    scope: Scope
    post: Post
    aws: "AwsClients"
    web: "Web"
    confirmed: "Confirmed"
    data: Path
