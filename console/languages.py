"""Which languages the console speaks, and which a socket's viewer has chosen."""

from types import SimpleNamespace
from typing import Any

from django.utils.translation import get_language_from_request

LANGUAGES = (("en", "English"), ("de", "Deutsch"))


def language_of_scope(scope: dict[str, Any]) -> str:
    """Answer the language of the cookie, or else of the browser, that opened a socket."""
    headers = {name.lower(): value.decode("latin-1") for name, value in scope.get("headers", ())}
    asked: Any = SimpleNamespace(
        COOKIES=scope.get("cookies", {}), META={"HTTP_ACCEPT_LANGUAGE": headers.get(b"accept-language", "")}
    )
    return get_language_from_request(asked)
