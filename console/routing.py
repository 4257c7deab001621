"""The sockets: the live viewer, activity, the tutorial's ear, and traces; anything else is closed with 4404."""

from django.urls import path, re_path

from console.consumers import ActivityConsumer, LiveConsumer, NowhereConsumer, StartConsumer
from console.tracing import TraceConsumer

routes = [
    path("ws/live/", LiveConsumer.as_asgi()),
    path("ws/activity/", ActivityConsumer.as_asgi()),
    path("ws/start/", StartConsumer.as_asgi()),
    path("ws/trace/", TraceConsumer.as_asgi()),
    re_path("", NowhereConsumer.as_asgi()),
]
