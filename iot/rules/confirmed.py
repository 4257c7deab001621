"""The HTTP destinations: whose URLs may be asked, and asking their owners to confirm."""

import logging
import time
from urllib.parse import urlencode

import orjson
from django.conf import settings

from iot.core import errors
from iot.core.arn import Scope
from iot.rules.action import ActionError
from iot.services import destinations
from iot.services.web import NotAllowed, RequestFailed, Web

log = logging.getLogger(__name__)

REMEMBERED_SECONDS = 5.0
CONFIRM_SECONDS = 10.0


class Confirmed:
    """Remembers for a few seconds which destinations are enabled. Used in threads."""

    def __init__(self, scope: Scope, web: Web) -> None:
        self._scope = scope
        self._web = web
        self._urls: list[str] = []
        self._until = 0.0

    def forget(self) -> None:
        """Look again, because a destination has changed."""
        self._until = 0.0

    def demand(self, url: str) -> None:
        """Demand that the owner of a URL has confirmed. Raises ActionError."""
        if time.monotonic() > self._until:
            rows = destinations.destinations(self._scope).filter(kind="http", status=destinations.ENABLED)
            self._urls = [row.url for row in rows]
            self._until = time.monotonic() + REMEMBERED_SECONDS
        if not any(destinations.covers(base, url) for base in self._urls):
            raise ActionError(f"No enabled destination speaks for {url}: it has not been confirmed")

    def ask(self, destination_id: str) -> None:
        """Send the confirmation request of a destination, if it waits for one."""
        self.forget()
        arn = self._scope.arn("ruledestination", f"http/{destination_id}")
        try:
            row = destinations.find_destination(self._scope, arn)
        except errors.AwsError:
            return
        if row.status != destinations.IN_PROGRESS or not row.token:
            return
        separator = "&" if "?" in row.url else "?"
        body = {
            "arn": row.arn,
            "confirmationToken": row.token,
            "enableUrl": f"{base_url()}/confirm-destination/{row.token}",
            "messageType": "DestinationConfirmation",
        }
        headers = {
            "content-type": "application/json",
            "x-amz-rules-engine-message-type": "DestinationConfirmation",
            "x-amz-rules-engine-destination-arn": row.arn,
        }
        try:
            answer = self._web.request(
                "POST",
                f"{row.url}{separator}{urlencode({'confirmationToken': row.token})}",
                headers,
                orjson.dumps(body),
                timeout=CONFIRM_SECONDS,
            )
        except (NotAllowed, RequestFailed) as error:
            destinations.set_status(self._scope, arn=arn, status=destinations.ERROR, reason=str(error))
            return
        if not 200 <= answer.status < 300:
            reason = f"The confirmation request was answered with status {answer.status}"
            destinations.set_status(self._scope, arn=arn, status=destinations.ERROR, reason=reason)


def base_url() -> str:
    """Answer where the console is reached, which confirms without a signature."""
    prefix = f"/{settings.URL_PREFIX}" if settings.URL_PREFIX else ""
    return f"http://{settings.HOST}:{settings.HTTP_PORT}{prefix}"
