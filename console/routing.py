"""The sockets: the live viewer, activity, and the tutorial's ear; anything else is closed with 4404."""

from django.urls import path, re_path

from console.consumers import ActivityConsumer, LiveConsumer, NowhereConsumer, StartConsumer

routes = [
    path("ws/live/", LiveConsumer.as_asgi()),
    path("ws/activity/", ActivityConsumer.as_asgi()),
    path("ws/start/", StartConsumer.as_asgi()),
    re_path("", NowhereConsumer.as_asgi()),
]
