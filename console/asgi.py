"""What the web server runs: HTTP by Django, WebSockets by Channels for people who are logged in and on our pages."""

import os
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

import django

django.setup()

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import WebsocketDenier
from django.conf import settings

from console.handler import Handler
from console.routing import routes

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def same_origin(application: Application) -> Application:
    """Deny a socket that a page of another host opens: browsers send the login's cookie with it all the same."""

    async def check(scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = dict(scope.get("headers", ()))
        wanted = application if comes_from_us(headers) else WebsocketDenier()
        await wanted(scope, receive, send)

    return check


def comes_from_us(headers: dict[bytes, bytes]) -> bool:
    """Say whether a request's Origin is the host that it was sent to, or one of CSRF_TRUSTED_ORIGINS."""
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not origin:
        return False
    host = headers.get(b"x-forwarded-host" if settings.USE_X_FORWARDED_HOST else b"host", b"").decode("latin-1")
    same = bool(host) and urlsplit(origin).netloc.lower() == host.lower()
    return same or origin in settings.CSRF_TRUSTED_ORIGINS


def from_proxy(application: Application) -> Application:
    """Behind a proxy that ends TLS, take the client's address from what that proxy adds last to X-Forwarded-For."""

    async def readdress(scope: dict[str, Any], receive: Any, send: Any) -> None:
        forwarded = dict(scope.get("headers", ())).get(b"x-forwarded-for", b"").decode("latin-1")
        address = forwarded.rpartition(",")[2].strip()
        await application({**scope, "client": (address, 0)} if address else scope, receive, send)

    return readdress if settings.BEHIND_TLS else application


pages = Handler()
# By dotted path, as in console/urls.py: the console and the API stay strangers.
api = import_module("iot.api.asgi")


async def by_path(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The API answers for itself, without sessions, cookies or middlewares; everything else is a page."""
    answering: Application = api.application if api.matches(scope["path"]) else pages
    await answering(scope, receive, send)


sockets = same_origin(AuthMiddlewareStack(URLRouter(routes)))
application = from_proxy(ProtocolTypeRouter({"http": by_path, "websocket": sockets}))
