"""From certificate to principal."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from iot.core.arn import Scope
from iot.gateway.authenticate import ByCertificate, NotAuthenticated
from iot.gateway.principals import Principals
from iot.gateway.stream import Peer
from iot.services import pki
from iot.services.gateway_principals import PrincipalRecord
from tests.gateway.conftest import SCOPE


@pytest.fixture
def certificate(authority: Path) -> x509.Certificate:
    pem = pki.issue_device_certificate(authority, ec.generate_private_key(ec.SECP256R1()).public_key())
    return x509.load_pem_x509_certificate(pem.encode())


def principals(*certificates: x509.Certificate) -> Principals:
    now = datetime.now(UTC)

    async def read(scope: Scope, certificate_ids: list[str]) -> dict[str, PrincipalRecord]:
        rows = {}
        for one in certificates:
            name, pem = pki.certificate_id(one), one.public_bytes(Encoding.PEM).decode()
            rows[name] = PrincipalRecord(name, pem, True, now - timedelta(1), now + timedelta(1), (), (), frozenset())
        return {name: row for name, row in rows.items() if name in certificate_ids}

    return Principals(SCOPE, lambda name: False, lambda name, principal: None, read)


async def test_a_registered_certificate_is_known_by_its_fingerprint(certificate: x509.Certificate) -> None:
    admitted = await ByCertificate(principals(certificate))(None, Peer("a", certificate=certificate))
    assert admitted.principal.id == pki.certificate_id(certificate)
    assert admitted.seconds is None


async def test_without_a_certificate_nobody_is_known() -> None:
    with pytest.raises(NotAuthenticated, match="no certificate"):
        await ByCertificate(principals())(None, Peer("a"))


async def test_one_that_is_not_known_is_looked_at_and_told_why(certificate: x509.Certificate) -> None:
    seen: list[Peer] = []

    async def unknown(peer: Peer) -> str:
        seen.append(peer)
        return "It waits for its activation"

    with pytest.raises(NotAuthenticated, match="waits") as caught:
        await ByCertificate(principals(), unknown)(None, Peer("a", certificate=certificate))
    assert caught.value.principal == pki.certificate_id(certificate)
    assert len(seen) == 1
    with pytest.raises(NotAuthenticated, match="not active"):
        await ByCertificate(principals())(None, Peer("a", certificate=certificate))
