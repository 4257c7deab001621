"""“As a command”: what a page shows or does, as a line for the AWS CLI and as a few lines of boto3."""

import json
import re
import shlex
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

# What AWS has no operation for: requests to our own API, signed as AWS's are, and commands of the server's machine
OWN, SERVER = "thingstead", "./thingstead"
_SIGNED = """import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

request = AWSRequest({method!r}, {url!r})
session = boto3.Session()
SigV4Auth(session.get_credentials(), "iot", {region!r}).add_auth(request)
print(URLLib3Session().send(request.prepare()).text)
"""
_OUTPUT_FILE = frozenset({"GetThingShadow", "UpdateThingShadow", "DeleteThingShadow"})


@dataclass(frozen=True, slots=True)
class Command:
    """A call of AWS's API: `service` is iot, iot-data or iot-jobs-data, `parameters` AWS's members.

    With the service OWN the operation is a method and a path, and the parameters are the query; with SERVER it is a
    command of the server with its words as parameters, and has no form in Python.
    """

    title: str
    service: str
    operation: str
    parameters: dict[str, Any] = field(default_factory=dict)
    endpoint: str = ""

    @property
    def cli(self) -> str:
        """The AWS CLI's form, or that of curl or of the server's own command."""
        if self.service == OWN:
            user = '"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"'
            method, url = self._request
            return (
                f"curl --aws-sigv4 aws:amz:{settings.REGION}:iot \\\n  --user {user} \\\n"
                f"  --request {method} {shlex.quote(url)}"
            )
        if self.service == SERVER:
            words = [word for name, value in self.parameters.items() for word in _words_of(name, value)]
            return " ".join([SERVER, self.operation, *words])
        parts = ["aws", self.service, _kebab(self.operation), "--endpoint-url", shlex.quote(self.endpoint)]
        for name, value in self.parameters.items():
            parts += _option(f"--{_kebab(name)}", value)
        if self.operation in _OUTPUT_FILE:
            parts.append("/dev/stdout")
        return _wrap(parts)

    @property
    def python(self) -> str:
        """The boto3 form; empty for a command of the server."""
        if self.service == OWN:
            method, url = self._request
            return _SIGNED.format(method=method, url=url, region=settings.REGION)
        if self.service == SERVER:
            return ""
        arguments = "".join(f"    {name}={_literal(value)},\n" for name, value in self.parameters.items())
        call = f"client.{_snake(self.operation)}(" + (f"\n{arguments}" if arguments else "") + ")"
        answer = 'answer["payload"].read().decode()' if self.operation in _OUTPUT_FILE else "answer"
        client = f'client = boto3.client("{self.service}", endpoint_url="{self.endpoint}")'
        return f"import boto3\n\n{client}\nanswer = {call}\nprint({answer})\n"

    @property
    def tool(self) -> str:
        """What runs the form for the shell."""
        return {OWN: "curl", SERVER: _("On the server")}.get(self.service, "AWS CLI")

    @property
    def _request(self) -> tuple[str, str]:
        method, _space, path = self.operation.partition(" ")
        # As SigV4 has a query, since curl signs it as it stands: in order, and a space as %20
        query = sorted((name, value) for name, value in self.parameters.items() if value not in ("", None))
        return method, f"{self.endpoint}{path}" + (f"?{urlencode(query, safe='', quote_via=quote)}" if query else "")


def commands(request: HttpRequest, *calls: tuple[str, str, str, dict[str, Any]]) -> list[Command]:
    """Make commands with this server's endpoint from (title, service, operation, parameters)."""
    endpoint = request.build_absolute_uri(reverse("api")).rstrip("/")
    return [Command(*call, endpoint=endpoint) for call in calls]


def _option(name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [name if value else f"--no-{name[2:]}"]
    if isinstance(value, bytes):
        return [name, shlex.quote(value.decode())]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return [name, *(shlex.quote(item) for item in value)]
    return [name, shlex.quote(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))]


def _words_of(name: str, value: str) -> list[str]:
    return [shlex.quote(value)] if not name.startswith("--") else [name, shlex.quote(value)]


def _literal(value: Any) -> str:
    return repr(value)


def _wrap(parts: list[str]) -> str:
    """Put every option on its own line once the command is long."""
    line = " ".join(parts)
    if len(line) <= 88:
        return line
    text = " ".join(parts[:3])
    for part in parts[3:]:
        text += f" \\\n  {part}" if part.startswith("--") else f" {part}"
    return text


def _words(name: str) -> list[str]:
    return re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+", name)


def _kebab(name: str) -> str:
    return "-".join(_words(name)).lower()


def _snake(name: str) -> str:
    return "_".join(_words(name)).lower()
