"""What gateways must know of domain configurations, and the server certificates of the account's own domains."""

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.db.models import Q

from iot.core.arn import Scope
from iot.services import domain_configurations, pki

OWN = "iot:Data-ATS"
_HOST = re.compile(r"(?!.*\.\.)[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class DomainRecord:
    """A domain configuration; `domain_name` is in lower case and empty for the service's own domain."""

    name: str
    domain_name: str
    is_enabled: bool
    service_type: str
    authentication_type: str
    application_protocol: str
    security_policy: str
    default_authorizer: str
    allows_override: bool


def load(scope: Scope) -> list[DomainRecord]:
    """Answer the domains that devices can mean: those with a name, and the service's own."""
    rows = domain_configurations.domain_configurations(scope).filter(~Q(domain_name="") | Q(name=OWN))
    found = []
    for row in rows.order_by("created_at"):
        authorizer = row.settings.get("authorizerConfig") or {}
        found.append(
            DomainRecord(
                name=row.name,
                domain_name=row.domain_name.lower(),
                is_enabled=row.status == domain_configurations.ENABLED,
                service_type=row.service_type,
                authentication_type=row.settings.get("authenticationType") or "DEFAULT",
                application_protocol=row.settings.get("applicationProtocol") or "DEFAULT",
                security_policy=(row.settings.get("tlsConfig") or {}).get("securityPolicy") or "",
                default_authorizer=authorizer.get("defaultAuthorizerName") or "",
                allows_override=bool(authorizer.get("allowAuthorizerOverride")),
            )
        )
    return found


def server_certificate(directory: Path, domain_name: str) -> Path | None:
    """Answer the file with key and certificate chain of a domain's server, `pki/domains/<name>.pem`.

    Where the installation's owner has put none there, the own authority makes one. None for what is no host name.
    """
    if not _HOST.fullmatch(domain_name):
        return None
    path = directory / "pki" / "domains" / f"{domain_name}.pem"
    if not path.is_file():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pki.issue_server(directory, [domain_name]))
        fresh.replace(path)
    return path
