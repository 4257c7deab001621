"""Policies as services."""

import pytest

from iot.core import errors
from iot.models import PolicyVersion
from iot.services import certificates, policies, thing_groups
from tests.services.broker import ELSEWHERE, SCOPE, Broker


def test_what_gateways_must_know_is_announced(broker: Broker, data_directory: object) -> None:
    row, _, _ = certificates.create_keys_and_certificate(SCOPE)
    group = thing_groups.create_thing_group(SCOPE, thing_group_name="g")
    broker.announced()
    policies.create_policy(SCOPE, policy_name="p", policy_document="{}")
    policies.create_policy_version(SCOPE, policy_name="p", policy_document="{}")
    policies.set_default_policy_version(SCOPE, policy_name="p", policy_version_id="2")
    assert broker.announced() == [("policies", "p")] * 3
    for target, notice in ((row.arn, ("certificates", row.certificate_id)), (group.arn, ("groups", "g"))):
        policies.attach_policy(SCOPE, policy_name="p", target=target)
        policies.detach_policy(SCOPE, policy_name="p", target=target)
        assert broker.announced() == [notice, notice]


@pytest.mark.django_db
def test_policies_of_another_account_are_not_seen() -> None:
    policies.create_policy(SCOPE, policy_name="p", policy_document="{}")
    with pytest.raises(errors.ResourceNotFoundException):
        policies.find_policy(ELSEWHERE, "p")
    policies.create_policy(ELSEWHERE, policy_name="p", policy_document="{}")
    assert PolicyVersion.objects.count() == 2


@pytest.mark.django_db
def test_a_document_has_2048_characters_without_its_blanks() -> None:
    fits = '{"a": "' + "x" * (2048 - 8) + '"' + " " * 5000 + "}"
    policies.create_policy(SCOPE, policy_name="p", policy_document=fits)
    with pytest.raises(errors.MalformedPolicyException):
        policies.create_policy(SCOPE, policy_name="q", policy_document=fits.replace("x", "xx", 1))


@pytest.mark.django_db
def test_a_dynamic_group_takes_no_policy() -> None:
    policies.create_policy(SCOPE, policy_name="p", policy_document="{}")
    group = thing_groups.create_thing_group(SCOPE, thing_group_name="g")
    group.query_string = "thingName:*"
    group.save()
    with pytest.raises(errors.InvalidRequestException):
        policies.attach_policy(SCOPE, policy_name="p", target=group.arn)
