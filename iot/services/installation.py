"""The data directory of an installation: its secrets, certificates and files for clients, made at the first start.

What the settings are read from is made by `prepare`, which needs no database; `create_admin` and `write_credentials`
follow when the tables exist. Nothing that is there already is made anew.
"""

import hashlib
import json
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import User
from django.core.management.utils import get_random_secret_key

from iot.core.arn import Scope
from iot.models import AccessKey, Role
from iot.services import access, pki

ADMIN = "admin"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
EVERYWHERE = ("0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an installation keeps its files and listens, and the names that devices reach it by."""

    directory: Path
    host: str
    http_port: int
    mqtt_port: int
    https_port: int
    scope: Scope
    endpoints: tuple[str, ...] = ()
    prefix: str = ""

    @property
    def is_loopback(self) -> bool:
        return self.host in LOOPBACK

    @property
    def http(self) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        path = f"/{self.prefix}" if self.prefix else ""
        return f"http://{f'[{host}]' if ':' in host else host}:{self.http_port}{path}"

    @property
    def mqtt_host(self) -> str:
        if self.endpoints:
            return self.endpoints[0]
        if self.is_loopback:
            return "localhost"
        return socket.gethostname() if self.host in EVERYWHERE else self.host


def prepare_directory(place: Place) -> None:
    """Make the data directory, for its owner alone."""
    place.directory.mkdir(parents=True, exist_ok=True)
    place.directory.chmod(0o700)


def prepare(place: Place) -> bool:
    """Make what is missing in the data directory; answers whether anything changed that the settings are read from."""
    prepare_directory(place)
    changed = write_once(place.directory / "secret_key", get_random_secret_key())
    changed |= write_once(place.directory / "broker" / "group", f"thingstead-{secrets.token_hex(8)}")
    if not (place.directory / "ca.pem").is_file():
        pki.create_authority(place.directory)
    wanted, held = server_names(place), pki.server_names(place.directory)
    if not set(wanted) <= held:
        pki.create_server_certificate(place.directory, [*wanted, *sorted(held.difference(wanted))])
    return write(place.directory / "endpoint.json", json.dumps(endpoint(place), indent=2) + "\n", mode=0o644) or changed


def endpoint(place: Place) -> dict[str, str | int]:
    """Describe where clients find everything: the content of `endpoint.json`."""
    return {
        "http": place.http,
        "api": f"{place.http}/api",
        "mqtt_host": place.mqtt_host,
        "mqtt_port": place.mqtt_port,
        "https_port": place.https_port,
        "ca": str(place.directory / "ca.pem"),
        "region": place.scope.region,
        "account": place.scope.account,
    }


def server_names(place: Place) -> list[str]:
    """List what the server's certificate is for: what devices are told, localhost, this host and its addresses."""
    name = socket.gethostname()
    try:
        addresses = [str(found[4][0]) for found in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]
    except OSError:
        addresses = []
    own = [] if place.host in EVERYWHERE else [place.host]
    names = [place.mqtt_host, *place.endpoints, "localhost", name, "127.0.0.1", "::1", *own, *addresses]
    return list(dict.fromkeys(one.partition("%")[0] for one in names))


def create_admin(place: Place, given_password: str = "") -> str | None:
    """Create the user `admin` if nobody exists; answers the password made up for it, which cannot be had again."""
    if User.objects.exists():
        return None
    password = given_password or secrets.token_urlsafe(12)
    user = access.create_user(ADMIN, password, role=Role.ADMIN, account=place.scope.account)
    if given_password:
        return None
    write(_first_password(place), _digest(user.password))
    return password


def has_first_password(place: Place) -> bool:
    """Say whether the admin still signs in with the password that was printed at the first start."""
    user, path = User.objects.filter(username=ADMIN).first(), _first_password(place)
    return user is not None and path.is_file() and path.read_text() == _digest(user.password)


def write_credentials(place: Place) -> None:
    """Write `aws/credentials` and `aws/config` for AWS's clients; a key that is not ours is replaced."""
    directory = place.directory / "aws"
    if not _has_key(directory / "credentials"):
        user = User.objects.filter(memberships__account=place.scope.account, memberships__role=Role.ADMIN).earliest(
            "id"
        )
        key_id, secret = access.create_access_key(
            user, account=place.scope.account, role=Role.ADMIN, description="aws/credentials in the data directory"
        )
        content = f"[default]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n"
        write(directory / "credentials", content)
    config = f"[default]\nregion = {place.scope.region}\nendpoint_url = {place.http}/api\noutput = json\n"
    write(directory / "config", config)


def write_once(path: Path, content: str) -> bool:
    """Write a private file unless it exists; answers whether it was written."""
    return False if path.is_file() else write(path, content)


def write(path: Path, content: str, *, mode: int = 0o600) -> bool:
    """Write a file whole or not at all, unless it has this content already; answers whether it was written."""
    if path.is_file() and path.read_text() == content:
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(content)
    fresh.replace(path)
    return True


def _has_key(path: Path) -> bool:
    if not path.is_file():
        return False
    values = dict(line.split(" = ", 1) for line in path.read_text().splitlines() if " = " in line)
    row = AccessKey.objects.filter(access_key_id=values.get("aws_access_key_id", "")).first()
    return row is not None and access.unseal(row.sealed_secret) == values.get("aws_secret_access_key")


def _first_password(place: Place) -> Path:
    return place.directory / "first_password"


def _digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()
