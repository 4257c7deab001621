"""The job templates that come with the service, and the parameters that their documents take.

Each document has one step, which names the handler that a device runs and its arguments as placeholders,
`${aws:iot:parameter:name}`. Source: "Use AWS managed templates to deploy common remote operations" in the IoT guide.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iot.core import errors

VERSION = "1.0"
ENVIRONMENTS = ("LINUX",)
_ANYTHING = "(.*?)"
_PLACEHOLDER = re.compile(r"\$\{aws:iot:parameter:([a-zA-Z0-9_-]+)\}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a job gives to its template's document."""

    key: str
    description: str
    example: str
    regex: str = _ANYTHING
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ManagedTemplate:
    """A template of one step: a `handler` and its arguments, or without a handler a command."""

    name: str
    purpose: str
    handler: str
    parameters: tuple[Parameter, ...] = ()

    @property
    def description(self) -> str:
        return f"A managed job template for {self.purpose}."

    @property
    def all_parameters(self) -> tuple[Parameter, ...]:
        """Its own parameters and those that every template of its kind has."""
        return (*self.parameters, _USER, *([_PATH] if self.handler else []))

    @property
    def document(self) -> str:
        """The job document as JSON, with placeholders."""
        step: dict[str, Any] = {"name": self.name.removeprefix("AWS-")}
        if self.handler:
            arguments = [_placeholder(one.key) for one in self.parameters]
            given: dict[str, Any] = {"handler": self.handler} | ({"args": arguments} if arguments else {})
            step |= {"type": "runHandler", "input": {**given, "path": _placeholder(_PATH.key)}}
        else:
            step |= {"type": "runCommand", "input": {one.key: _placeholder(one.key) for one in self.parameters}}
        step["runAsUser"] = _placeholder(_USER.key)
        return json.dumps({"version": VERSION, "steps": [{"action": step}]}, separators=(",", ":"))

    def check(self, given: Mapping[str, str]) -> None:
        """Check a job's parameters. Raises InvalidRequestException."""
        known = {one.key: one for one in self.all_parameters}
        for key, value in given.items():
            if key not in known:
                raise errors.InvalidRequestException(f"{self.name} has no parameter {key}")
            if not re.fullmatch(known[key].regex, value, re.DOTALL):
                raise errors.InvalidRequestException(f"The parameter {key} of {self.name} does not match its pattern")
        missing = [key for key, one in known.items() if not one.optional and key not in given]
        if missing:
            raise errors.InvalidRequestException(f"{self.name} needs the parameters {', '.join(missing)}")


def substitute(document: str, given: Mapping[str, str]) -> str:
    """Put parameters in the place of their placeholders in a JSON document; those that are not given are empty."""
    return _PLACEHOLDER.sub(lambda found: json.dumps(given.get(found[1], ""), ensure_ascii=False)[1:-1], document)


def find_template(name: str, version: str | None = None) -> ManagedTemplate:
    """Find a template by name. Raises ResourceNotFoundException."""
    found = next((one for one in TEMPLATES if one.name == name), None)
    if found is None or version not in (None, VERSION):
        raise errors.ResourceNotFoundException(f"There is no managed template {name} of version {version or VERSION}")
    return found


def _placeholder(key: str) -> str:
    return f"${{aws:iot:parameter:{key}}}"


_USER = Parameter(
    "runAsUser", "The user that the handler runs as; without one, the client's own.", "user1", "(.){0,256}", True
)
_PATH = Parameter(
    "pathToHandler",
    "Where the handler lies on the device; without it, in the client's working directory.",
    "/path/to/handler/script",
    "(.){0,4096}",
    True,
)
_PACKAGES = (Parameter("packages", "The applications, with spaces between them.", "nginx curl"),)
_SERVICES = (Parameter("services", "The services, with spaces between them.", "nginx cron"),)
TEMPLATES = (
    ManagedTemplate(
        "AWS-Download-File",
        "downloading a file",
        "download-file.sh",
        (
            Parameter("downloadUrl", "Where the file is downloaded from.", "http://www.example.com/index.html"),
            Parameter("filePath", "Where the file is written on the device.", "/path/to/file"),
        ),
    ),
    ManagedTemplate("AWS-Install-Application", "installing one or more applications", "install-packages.sh", _PACKAGES),
    ManagedTemplate("AWS-Reboot", "rebooting the device", "reboot.sh"),
    ManagedTemplate("AWS-Remove-Application", "uninstalling one or more applications", "remove-packages.sh", _PACKAGES),
    ManagedTemplate(
        "AWS-Restart-Application", "restarting one or more system services", "restart-services.sh", _SERVICES
    ),
    ManagedTemplate(
        "AWS-Run-Command",
        "running a command",
        "",
        (Parameter("command", "The command and its arguments, with commas between them.", "echo,hello"),),
    ),
    ManagedTemplate("AWS-Start-Application", "starting one or more system services", "start-services.sh", _SERVICES),
    ManagedTemplate("AWS-Stop-Application", "stopping one or more system services", "stop-services.sh", _SERVICES),
)
