"""Functions at URLs: authorizers and hooks that answer a POST of their event, where there is no Lambda."""

from typing import Any

import orjson
from django.conf import settings

from iot.core import errors
from iot.services.web import NotAllowed, RequestFailed, shared

SECONDS = 5.0
MAXIMUM_ANSWER = 64 * 1024


def is_url(target: str) -> bool:
    """Say whether a function is named by a URL."""
    return target.startswith(("https://", "http://"))


def ask(url: str, event: dict[str, Any]) -> Any:
    """Post an event as JSON and answer the JSON that comes back.

    Raises InvalidRequestException where the URL may not be asked, InvalidResponseException where no answer is of use.
    """
    headers = {"content-type": "application/json"}
    try:
        answer = shared(tuple(settings.TRUSTED_HTTP_HOSTS)).request(
            "POST", url, headers, orjson.dumps(event), timeout=SECONDS, limit=MAXIMUM_ANSWER
        )
    except NotAllowed as error:
        raise errors.InvalidRequestException(f"The function cannot be called: {error}") from None
    except RequestFailed as error:
        raise errors.InvalidResponseException(f"The function at {url} cannot be called: {error}") from None
    if answer.status != 200 or len(answer.body) > MAXIMUM_ANSWER:
        told = f"{answer.status}, {len(answer.body)} bytes"
        raise errors.InvalidResponseException(f"The function at {url} answered {told}")
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        raise errors.InvalidResponseException(f"The function at {url} did not answer JSON") from None
