"""Things with certificates of their own for simulated devices; their keys stay in the data directory."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import transaction

from iot.core import errors
from iot.core.arn import Scope
from iot.services import certificates, policies, things
from iot.services.installation import write

THING = "${iot:Connection.Thing.ThingName}"


@dataclass(frozen=True, slots=True)
class Identity:
    """A thing and the files of its certificate."""

    thing: str
    certificate: Path
    key: Path


def policy(scope: Scope) -> str:
    """Answer the one policy of all simulated devices: each its own client id, topics and shadow."""
    topics = (f"devices/{THING}/*", f"$aws/things/{THING}/*")
    statements = [
        ("iot:Connect", [scope.arn("client", THING)]),
        (["iot:Publish", "iot:Receive"], [scope.arn("topic", topic) for topic in topics]),
        ("iot:Subscribe", [scope.arn("topicfilter", topic) for topic in topics]),
    ]
    listed = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in statements]
    return orjson.dumps({"Version": "2012-10-17", "Statement": listed}, option=orjson.OPT_INDENT_2).decode()


def prepare(scope: Scope, folder: Path, names: list[str], *, policy_name: str, document: str) -> Iterator[Identity]:
    """Register what is missing, one thing at a time."""
    with suppress(errors.ResourceAlreadyExistsException):
        policies.create_policy(scope, policy_name=policy_name, policy_document=document)
    for name in names:
        identity = Identity(name, folder / f"{name}.pem", folder / f"{name}.key")
        if not _is_registered(scope, identity):
            _register(scope, identity, policy_name)
        yield identity


def _is_registered(scope: Scope, identity: Identity) -> bool:
    if not (identity.certificate.is_file() and identity.key.is_file()):
        return False
    held = certificates.load_pem(identity.certificate.read_text()).fingerprint(hashes.SHA256()).hex()
    try:
        row = certificates.find_certificate(scope, held)
    except errors.ResourceNotFoundException:
        return False
    return row.status == "ACTIVE"


@transaction.atomic
def _register(scope: Scope, identity: Identity, policy_name: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, identity.thing[:64])])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    pem = request.public_bytes(serialization.Encoding.PEM).decode()
    things.create_thing(scope, thing_name=identity.thing)
    row = certificates.create_certificate_from_csr(scope, certificate_signing_request=pem, set_as_active=True)
    policies.attach_policy(scope, policy_name=policy_name, target=row.arn)
    things.attach_thing_principal(scope, thing_name=identity.thing, principal=row.arn)
    write(identity.certificate, row.pem)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write(identity.key, private.decode())
