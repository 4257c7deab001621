"""How views answer: the whole page to a browser, one part of it to htmx."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from console.roles import ConsoleRequest


def show(
    request: ConsoleRequest, template: str, context: dict[str, Any], *, part: str = "", status: int = 200
) -> HttpResponse:
    """Render `console/<template>.html`, or only its part where htmx asks for one."""
    name = f"console/{template}.html"
    if part and request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request:
        name = f"{name}#{part}"
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
