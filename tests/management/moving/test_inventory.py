"""Reading an endpoint: everything of it, page by page."""

import json

import pytest

from iot.management.moving import inventory
from iot.management.moving.inventory import Endpoint
from tests.management.elsewhere import fill_clients


@pytest.fixture
def endpoint(sides: tuple[Endpoint, Endpoint]) -> Endpoint:
    return sides[0]


def test_everything_is_read_once(endpoint: Endpoint) -> None:
    certificate = fill_clients(endpoint.iot, endpoint.data, "a")
    for number in range(60):
        endpoint.iot.create_thing(thingName=f"more-{number}")
    told: dict[str, int] = {}
    found = inventory.read(endpoint, told=told.__setitem__)
    assert told == {
        "types": 1,
        "groups": 2,
        "things": 61,
        "policies": 1,
        "certificates": 1,
        "rules": 1,
        "shadows": 1,
    }
    (fingerprint,) = found.certificates
    assert endpoint.certificate_ids == {fingerprint: certificate}
    assert found.things["a-thing"] == {
        "attributes": {"floor": "3"},
        "thingTypeName": "a-type",
    }
    assert list(found.principals) == [("a-thing", fingerprint)]
    assert list(found.certificate_policies) == [(fingerprint, "a-policy")]
    assert found.deprecations == {}
    assert found.groups["a-leaf"]["parentGroupName"] == "a-root"
    assert list(found.members) == [("a-leaf", "a-thing")]
    assert json.loads(found.shadows["a-thing", ""]["payload"])["state"]["desired"] == {"led": "on"}


def test_the_account_is_learned_from_an_arn_or_asked_for(endpoint: Endpoint) -> None:
    assert endpoint.account == "123456789012"
    assert endpoint.arn("thing", "t") == "arn:aws:iot:us-east-1:123456789012:thing/t"
    assert endpoint.certificate_arn("f" * 64).endswith("f" * 64)
