"""What carrying out a request needs of the world: the broker, and later the clients of AWS's services."""

from collections.abc import Callable
from dataclasses import dataclass

from iot.core.arn import Scope
from iot.core.message import Message

Post = Callable[[Message, Callable[[int], None]], None]


@dataclass(slots=True)
class Targets:
    """Handed to every action. `post` publishes a message and tells the reason code of its acknowledgement."""

    scope: Scope
    post: Post
