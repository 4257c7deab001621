"""Views of lists, their filters and order, that a user has saved under a name."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import QueryDict

from console.roles import ConsoleRequest
from iot.services import account_settings

LISTS = ("things", "clients", "rules", "certificates", "policies", "jobs", "retained", "refusals", "audit")
MOST = 20
NAME_LETTERS = 40
_PASSING = ("after", "before", "open")


def views_of(request: ConsoleRequest, name: str) -> list[dict[str, str]]:
    """Answer the views of a list that the user of a request has saved, as name and query."""
    return list(_all(request).get(name, []))


def write_views(request: ConsoleRequest, name: str, views: list[dict[str, str]]) -> None:
    """Save the views of a list; of too many the newest stay."""
    account_settings.write(settings.SCOPE, _setting(request), {**_all(request), name: views[-MOST:]})


def current_query(given: QueryDict) -> str:
    """What of a list's query makes a view: not the page, nor what is open beside it."""
    return urlencode([(key, one) for key, one in sorted(given.items()) if one and key not in _PASSING])


def _all(request: ConsoleRequest) -> dict[str, Any]:
    found: dict[str, Any] = account_settings.read(settings.SCOPE, _setting(request), {})
    return found


def _setting(request: ConsoleRequest) -> str:
    return f"console.views.{request.user.pk}"
