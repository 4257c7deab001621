"""Claims and the tokens that prove whose a certificate is."""

import json
from pathlib import Path
from typing import Any

import pytest

from iot.core import errors
from iot.models import Certificate, OwnershipToken, Thing
from iot.services import certificates, pki, provisioning_claims, provisioning_templates, things
from tests.services.fleet import SCOPE
from tests.services.test_provisioning import TEMPLATE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def template(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    pki.create_authority(tmp_path)
    body = json.dumps(TEMPLATE)
    provisioning_templates.create_provisioning_template(
        SCOPE, template_name="fleet", template_body=body, provisioning_role_arn="role", enabled=True
    )


def provision(token: str) -> str | None:
    parameters = {"AWS::IoT::Certificate::CommonName": "dev-1"}
    return provisioning_claims.provision_by_claim(
        SCOPE, template_name="fleet", token=token, parameters=parameters
    ).thing_name


def test_a_token_provisions_once() -> None:
    owned = provisioning_claims.create_owned_certificate(SCOPE)
    assert provision(owned.token) == "dev-1"
    assert Thing.objects.get().principals.get().principal == owned.certificate.arn
    with pytest.raises(provisioning_claims.InvalidCertificateOwnershipToken):
        provision(owned.token)


def test_a_template_that_is_off_provisions_nobody() -> None:
    provisioning_templates.update_provisioning_template(SCOPE, template_name="fleet", enabled=False)
    with pytest.raises(errors.AccessDeniedException):
        provision("any")


def test_a_claim_certificate_may_only_provision_and_goes_after_its_time() -> None:
    row, _, private, end = provisioning_claims.create_provisioning_claim(SCOPE, template_name="fleet")
    assert private.startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert certificates.load_pem(row.pem).not_valid_after_utc == end
    OwnershipToken.objects.update(expires_at=0)
    assert provisioning_claims.forget_unclaimed(SCOPE) == 1
    assert not Certificate.objects.exists()


def test_a_certificate_that_a_thing_uses_stays_when_its_token_ends() -> None:
    owned = provisioning_claims.create_owned_certificate(SCOPE)
    things.create_thing(SCOPE, thing_name="t")
    things.attach_thing_principal(SCOPE, thing_name="t", principal=owned.certificate.arn)
    OwnershipToken.objects.update(expires_at=0)
    assert provisioning_claims.forget_unclaimed(SCOPE) == 1
    assert Certificate.objects.exists()
