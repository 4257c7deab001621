"""What every template may use beside its own context."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from console import navigation
from console.languages import LANGUAGES
from console.roles import ADMIN, OPERATOR, reaches

THEMES = ("light", "dark")


def shell(request: HttpRequest) -> dict[str, Any]:
    """The navigation, the endpoint, the theme, and what this user may do."""
    role = getattr(request, "role", None)
    theme = request.COOKIES.get("theme", "")
    return {
        "navigation": navigation.groups(request) if role else [],
        "endpoint": f"{settings.ENDPOINT}:{settings.MQTT_PORT}",
        "theme": theme if theme in THEMES else "",
        "spoken": LANGUAGES,
        "role": role,
        "may_change": reaches(role, OPERATOR),
        "is_admin": reaches(role, ADMIN),
    }
