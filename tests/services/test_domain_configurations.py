"""Domain configurations as services."""

import pytest

from iot.core import errors
from iot.services import domain_configurations
from tests.services.broker import ELSEWHERE, SCOPE

pytestmark = pytest.mark.django_db


def create(name: str = "d", service_type: str | None = None) -> None:
    domain_configurations.create_domain_configuration(
        SCOPE, name=name, domain_name=None, service_type=service_type, settings={"tlsConfig": {"securityPolicy": "x"}}
    )


def test_an_update_keeps_what_it_does_not_name() -> None:
    create()
    row = domain_configurations.update_domain_configuration(
        SCOPE, name="d", settings={"authenticationType": "AWS_X509"}, status=None
    )
    assert row.settings == {"tlsConfig": {"securityPolicy": "x"}, "authenticationType": "AWS_X509"}


def test_the_time_of_the_status_changes_with_it_alone() -> None:
    create()
    before = domain_configurations.find_domain_configuration(SCOPE, "d").status_changed_at
    same = domain_configurations.update_domain_configuration(SCOPE, name="d", settings={}, status="ENABLED")
    assert same.status_changed_at == before
    changed = domain_configurations.update_domain_configuration(SCOPE, name="d", settings={}, status="DISABLED")
    assert changed.status_changed_at > before


def test_services_that_do_not_exist_are_refused() -> None:
    with pytest.raises(errors.InvalidRequestException, match="Service type NONE not recognized"):
        create(service_type="NONE")
    create()
    with pytest.raises(errors.ResourceNotFoundException):
        domain_configurations.find_domain_configuration(ELSEWHERE, "d")
