"""What gateways read of certificates: policies in force, groups with their ancestors, attached things."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from iot.core.arn import Scope
from iot.models import Certificate, ChangeNotice, ThingGroup, ThingGroupMember, ThingType
from iot.services import certificates, gateway_principals, pki, policies, things

pytestmark = pytest.mark.django_db
SCOPE = Scope("123456789012", "us-east-1")


@pytest.fixture
def make(tmp_path: Path) -> Any:
    pki.create_authority(tmp_path)

    def certificate(status: str = "ACTIVE") -> Certificate:
        pem = pki.issue_device_certificate(tmp_path, ec.generate_private_key(ec.SECP256R1()).public_key())
        return certificates.register(SCOPE, pem=pem, status=status)

    return certificate


def attach(name: str, target: str, document: str = "{}") -> None:
    policies.create_policy(SCOPE, policy_name=name, policy_document=document)
    policies.attach_policy(SCOPE, policy_name=name, target=target)


def test_the_default_version_of_each_policy_is_in_force(make: Any) -> None:
    row = make()
    attach("b", row.arn, '{"Version":"1"}')
    attach("a", row.arn)
    policies.create_policy_version(SCOPE, policy_name="b", policy_document='{"Version":"2"}', set_as_default=True)
    policies.create_policy_version(SCOPE, policy_name="b", policy_document='{"Version":"3"}')
    found = gateway_principals.load(SCOPE, [row.certificate_id])[row.certificate_id]
    assert found.documents == (("a", "{}"), ("b", '{"Version":"2"}'))
    assert found.active
    assert gateway_principals.load_documents(SCOPE, ["b", "unknown"]) == (("b", '{"Version":"2"}'),)


def test_groups_of_things_bring_the_policies_of_their_ancestors(make: Any) -> None:
    row = make()
    common = {"account": SCOPE.account, "region": SCOPE.region}
    root = ThingGroup.objects.create(name="root", **common)
    middle = ThingGroup.objects.create(name="middle", parent=root, **common)
    ThingGroup.objects.create(name="sibling", parent=root, **common)
    thing = things.create_thing(SCOPE, thing_name="t")
    ThingGroupMember.objects.create(group=middle, thing=thing)
    things.attach_thing_principal(SCOPE, thing_name="t", principal=row.arn)
    attach("of-root", root.arn)
    attach("of-middle", middle.arn)
    attach("of-sibling", SCOPE.arn("thinggroup", "sibling"))
    found = gateway_principals.load(SCOPE, [row.certificate_id])[row.certificate_id]
    assert [name for name, _ in found.documents] == ["of-middle", "of-root"]
    assert found.groups == {"root", "middle"}


def test_things_come_with_their_type_attributes_and_exclusiveness(make: Any) -> None:
    row = make()
    ThingType.objects.create(
        account=SCOPE.account,
        region=SCOPE.region,
        name="kind",
        propagating_attributes=[
            {"userPropertyKey": "k", "thingAttribute": "a"},
            {"userPropertyKey": "n", "connectionAttribute": "iot:Thing.ThingName"},
            {"userPropertyKey": "x", "thingAttribute": "missing"},
            {"thingAttribute": "a"},
        ],
    )
    things.create_thing(SCOPE, thing_name="t", thing_type_name="kind", attribute_payload={"attributes": {"a": "1"}})
    things.attach_thing_principal(SCOPE, thing_name="t", principal=row.arn, thing_principal_type="EXCLUSIVE_THING")
    (thing,) = gateway_principals.load(SCOPE, [row.certificate_id])[row.certificate_id].things
    assert (thing.name, thing.type_name, thing.attributes, thing.exclusive) == ("t", "kind", (("a", "1"),), True)
    assert thing.propagated == (("k", "1"), ("n", "t"))


def test_many_are_read_with_as_many_queries_as_one(make: Any, django_assert_max_num_queries: Any) -> None:
    rows = [make() for _ in range(20)]
    for number, row in enumerate(rows):
        attach(f"p{number}", row.arn)
        things.create_thing(SCOPE, thing_name=f"t{number}")
        things.attach_thing_principal(SCOPE, thing_name=f"t{number}", principal=row.arn)
    with django_assert_max_num_queries(7):
        found = gateway_principals.load(SCOPE, [row.certificate_id for row in rows])
    assert len(found) == 20
    assert all(len(one.documents) == len(one.things) == 1 for one in found.values())


def test_those_of_other_scopes_and_unknown_ones_are_absent(make: Any) -> None:
    row = make("INACTIVE")
    assert gateway_principals.load(Scope("999999999999", "us-east-1"), [row.certificate_id]) == {}
    assert gateway_principals.load(SCOPE, ["unknown"]) == {}
    assert not gateway_principals.load(SCOPE, [row.certificate_id])[row.certificate_id].active


def test_changes_of_access_leave_notices_until_they_are_pruned(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    row = make()
    attach("p", row.arn)
    things.create_thing(SCOPE, thing_name="t")
    found = gateway_principals.notices_since(SCOPE, 0)
    assert [(one.kind, one.name) for one in found] == [
        ("certificates", row.certificate_id),
        ("policies", "p"),
        ("certificates", row.certificate_id),
    ]
    assert gateway_principals.notices_since(SCOPE, 1e12) == []
    gateway_principals.prune_notices()
    assert ChangeNotice.objects.count() == 3
    monkeypatch.setattr(gateway_principals, "NOTICE_LIFE", -1)
    gateway_principals.prune_notices()
    assert ChangeNotice.objects.count() == 0
