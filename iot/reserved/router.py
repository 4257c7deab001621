"""Requests on reserved topics, each to the service of its area; what is no request passes by."""

from collections.abc import Callable, Mapping

from iot.bridge.client import Delivery
from iot.core.topic import Area, Reserved, parse_reserved

Answerer = Callable[[Reserved, Delivery], None]


class Router:
    """Hands each request to the answerer of its area, which holds the delivery until it is answered."""

    def __init__(self, answerers: Mapping[Area, Answerer]) -> None:
        self._answerers = dict(answerers)

    def __call__(self, delivery: Delivery) -> None:
        if not delivery.message.topic.startswith("$aws/"):
            return
        request = parse_reserved(delivery.message.topic)
        answer = None if request is None else self._answerers.get(request.area)
        if request is not None and answer is not None:
            answer(request, delivery)
