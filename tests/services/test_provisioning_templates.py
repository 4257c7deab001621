"""Provisioning templates as rows."""

import json
from typing import Any

import pytest

from iot.core import errors
from iot.models import ProvisioningTemplate
from iot.services import provisioning_templates
from tests.services.fleet import SCOPE

pytestmark = pytest.mark.django_db
BODY = json.dumps({"Resources": {}})


def make(name: str = "p", **more: Any) -> ProvisioningTemplate:
    return provisioning_templates.create_provisioning_template(
        SCOPE, template_name=name, template_body=BODY, provisioning_role_arn="role", **more
    )


def test_a_template_begins_with_version_one_as_its_default() -> None:
    row = make()
    assert (row.default_version, row.enabled, row.kind) == (1, False, "FLEET_PROVISIONING")
    assert provisioning_templates.default_body(row) == BODY


def test_version_numbers_are_never_used_again() -> None:
    make()
    for number in (2, 3):
        _, version = provisioning_templates.create_provisioning_template_version(
            SCOPE, template_name="p", template_body=BODY
        )
        assert version.number == number
        provisioning_templates.delete_provisioning_template_version(SCOPE, template_name="p", version_id=number)


def test_limits_and_unknown_names_are_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provisioning_templates, "MAXIMUM_TEMPLATES", 1)
    make()
    with pytest.raises(errors.LimitExceededException):
        make("q")
    with pytest.raises(errors.InvalidRequestException, match="10240 bytes"):
        provisioning_templates.check_body(" " * 10_241)
    with pytest.raises(errors.ResourceNotFoundException):
        provisioning_templates.update_provisioning_template(SCOPE, template_name="p", default_version_id=9)
    with pytest.raises(errors.ResourceNotFoundException):
        provisioning_templates.delete_provisioning_template(SCOPE, template_name="nowhere")
