"""Documents of the index, made of rows."""

import json

import pytest

from iot.models import Connection, Thing, ThingGroup
from iot.services import billing_groups, shadows, thing_groups
from iot.services.index_documents import connectivity, group_documents, thing_documents
from tests.services.fleet import SCOPE, thing

pytestmark = pytest.mark.django_db
EVERYTHING = {
    "thingIndexingMode": "REGISTRY_AND_SHADOW",
    "thingConnectivityIndexingMode": "STATUS",
    "namedShadowIndexingMode": "ON",
    "filter": {"namedShadowNames": ["kept"]},
}


def test_a_thing_has_what_the_configuration_asks_for() -> None:
    row = thing("t", a="1")
    group = thing_groups.create_thing_group(SCOPE, thing_group_name="g")
    thing_groups.add_thing_to_thing_group(SCOPE, group=group, thing=row)
    paid = billing_groups.create_billing_group(SCOPE, billing_group_name="paid")
    billing_groups.set_billing_group(SCOPE, thing=row, group=paid)
    for name in ("", "kept", "other"):
        payload = json.dumps({"state": {"desired": {"x": 1}}}).encode()
        shadows.update_thing_shadow(SCOPE, thing_name="t", shadow_name=name, payload=payload)
    Connection.objects.create(account=SCOPE.account, region=SCOPE.region, client_id="t", connected=True, connected_at=7)
    rows = list(Thing.objects.select_related("thing_type", "billing_group"))
    document = thing_documents(SCOPE, rows, EVERYTHING)["t"]
    assert document["thingGroupNames"] == ["g", "paid"]
    assert document["attributes"] == {"a": "1"}
    assert document["connectivity"] == {"connected": True, "timestamp": 7}
    assert document["shadow"]["delta"] == {"x": 1}
    assert document["shadow"]["version"] == 1
    assert list(document["shadow"]["name"]) == ["kept"]
    bare = thing_documents(SCOPE, rows, {"thingIndexingMode": "REGISTRY"})["t"]
    assert (bare["shadow"], bare["connectivity"]) == ({}, {})


def test_a_client_that_has_gone_tells_why() -> None:
    row = Connection(connected=False, disconnected_at=9, disconnect_reason="CONNECTION_LOST")
    assert connectivity(row) == {"connected": False, "timestamp": 9, "disconnectReason": "CONNECTION_LOST"}


def test_a_group_names_all_above_it() -> None:
    for name, parent in (("root", None), ("mid", "root"), ("leaf", "mid")):
        thing_groups.create_thing_group(SCOPE, thing_group_name=name, parent_group_name=parent)
    documents = group_documents(list(ThingGroup.objects.all()))
    assert documents["leaf"]["parentGroupNames"] == ["mid", "root"]
