"""The fleet index over boto3."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iot.core.arn import Scope
from iot.core.message import Message
from iot.services import connections, indexing
from tests.api.harness import ACCOUNT, REGION, client

SCOPE = Scope(ACCOUNT, REGION)
EVERYTHING = {
    "thingIndexingMode": "REGISTRY_AND_SHADOW",
    "thingConnectivityIndexingMode": "STATUS",
    "namedShadowIndexingMode": "ON",
    "filter": {"namedShadowNames": ["kept"], "geoLocations": [{"name": "shadow.reported.at", "order": "LatLon"}]},
}


def switch_on(iot: Any, **more: Any) -> None:
    iot.update_indexing_configuration(
        thingIndexingConfiguration={**EVERYTHING, **more},
        thingGroupIndexingConfiguration={"thingGroupIndexingMode": "ON"},
    )


def found(iot: Any, query: str, **more: Any) -> list[str]:
    answer = iot.search_index(queryString=query, **more)
    return sorted(thing["thingName"] for thing in answer["things"])


def shadow(name: str, state: dict[str, Any], **more: Any) -> None:
    client("iot-data").update_thing_shadow(thingName=name, payload=json.dumps({"state": state}), **more)


def test_the_index_is_off_at_first(iot: Any) -> None:
    configuration = iot.get_indexing_configuration()
    assert configuration["thingIndexingConfiguration"]["thingIndexingMode"] == "OFF"
    assert configuration["thingGroupIndexingConfiguration"]["thingGroupIndexingMode"] == "OFF"
    assert iot.list_indices()["indexNames"] == []
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.describe_index(indexName="AWS_Things")
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.search_index(queryString="*")


def test_what_was_there_before_is_indexed_when_it_is_switched_on(iot: Any) -> None:
    iot.create_thing(thingName="old", attributePayload={"attributes": {"site": "North"}})
    switch_on(iot)
    described = iot.describe_index(indexName="AWS_Things")
    assert (described["indexStatus"], described["schema"]) == ("ACTIVE", "MULTI_INDEXING_MODE")
    assert iot.list_indices()["indexNames"] == ["AWS_Things", "AWS_ThingGroups"]
    assert found(iot, "attributes.site:north") == ["old"]


def test_a_search_sees_what_was_just_changed(iot: Any) -> None:
    switch_on(iot)
    iot.create_thing_type(thingTypeName="lamp")
    iot.create_thing(thingName="a", thingTypeName="lamp", attributePayload={"attributes": {"floor": "3"}})
    iot.create_thing(thingName="b")
    assert found(iot, "thingTypeName:lamp AND attributes.floor>2") == ["a"]
    iot.update_thing(thingName="a", attributePayload={"attributes": {"floor": "1"}})
    assert found(iot, "attributes.floor>2") == []
    iot.create_thing_group(thingGroupName="g")
    iot.add_thing_to_thing_group(thingGroupName="g", thingName="b")
    assert found(iot, "thingGroupNames:g") == ["b"]
    iot.delete_thing_group(thingGroupName="g")
    assert found(iot, "thingGroupNames:g") == []
    iot.create_billing_group(billingGroupName="paid")
    iot.add_thing_to_billing_group(billingGroupName="paid", thingName="a")
    assert found(iot, "thingGroupNames:paid") == ["a"]
    iot.delete_thing(thingName="a")
    assert found(iot, "*") == ["b"]


def test_shadows_are_found_with_their_difference_and_named_ones_by_the_filter(iot: Any) -> None:
    switch_on(iot)
    for name in ("a", "b"):
        iot.create_thing(thingName=name)
    shadow("a", {"desired": {"power": "on"}, "reported": {"power": "off", "at": "47.6,-122.3"}})
    shadow("b", {"reported": {"power": "on"}})
    shadow("b", {"reported": {"mode": "x"}}, shadowName="kept")
    shadow("b", {"reported": {"mode": "y"}}, shadowName="other")
    assert found(iot, "shadow.hasDelta:true") == ["a"]
    assert found(iot, "shadow.delta.power:on") == ["a"]
    assert found(iot, "shadow.name.kept.reported.mode:x") == ["b"]
    assert found(iot, "shadow.name.other.reported.mode:*") == []
    assert found(iot, "shadow.metadata.reported.power.timestamp>0") == ["a", "b"]
    assert found(iot, "shadow.reported.at:geo_distance,47,-122,80km") == ["a"]
    document = json.loads(iot.search_index(queryString="thingName:a")["things"][0]["shadow"])
    assert document["delta"] == {"power": "on"}
    assert (document["hasDelta"], document["version"]) == (True, 1)
    client("iot-data").delete_thing_shadow(thingName="a")
    assert found(iot, "shadow.reported.power:*") == ["b"]


def test_connectivity_follows_presence(iot: Any) -> None:
    switch_on(iot)
    iot.create_thing(thingName="a")
    iot.create_thing(thingName="never")
    body = {"clientId": "a", "eventType": "connected", "sessionIdentifier": "s", "timestamp": 1_700_000_000_000}
    connections.absorb(SCOPE, [_presence("connected", body)])
    assert found(iot, "connectivity.connected:true") == ["a"]
    gone = {**body, "eventType": "disconnected", "timestamp": 1_700_000_001_000, "disconnectReason": "CONNECTION_LOST"}
    connections.absorb(SCOPE, [_presence("disconnected", gone)])
    assert found(iot, "connectivity.disconnectReason:CONNECTION_LOST") == ["a"]
    assert found(iot, "NOT connectivity.connected:*") == ["never"]
    answer = iot.search_index(queryString="thingName:a")["things"][0]["connectivity"]
    assert answer == {"connected": False, "timestamp": 1_700_000_001_000, "disconnectReason": "CONNECTION_LOST"}


def test_the_connectivity_of_one_thing(iot: Any) -> None:
    iot.create_thing(thingName="a")
    with pytest.raises(iot.exceptions.IndexNotReadyException):
        iot.get_thing_connectivity_data(thingName="a")
    switch_on(iot)
    never = iot.get_thing_connectivity_data(thingName="a")
    assert (never["thingName"], never["connected"], "timestamp" in never) == ("a", False, False)
    body = {"clientId": "a", "eventType": "connected", "sessionIdentifier": "s", "timestamp": 1_700_000_000_000}
    connections.absorb(SCOPE, [_presence("connected", body)])
    found = iot.get_thing_connectivity_data(thingName="a", includeSocketInformation=True)
    assert (found["clientId"], found["connected"], found["timestamp"].timestamp()) == ("a", True, 1_700_000_000)
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.get_thing_connectivity_data(thingName="nobody")


def _presence(kind: str, body: dict[str, Any]) -> Message:
    return Message(f"$aws/events/presence/{kind}/a", json.dumps(body).encode())


def test_groups_have_an_index_of_their_own(iot: Any) -> None:
    switch_on(iot)
    iot.create_thing_group(thingGroupName="root", thingGroupProperties={"thingGroupDescription": "The whole plant"})
    iot.create_thing_group(thingGroupName="hall", parentGroupName="root")
    answer = iot.search_index(indexName="AWS_ThingGroups", queryString="parentGroupNames:root")
    assert [(one["thingGroupName"], one["parentGroupNames"]) for one in answer["thingGroups"]] == [("hall", ["root"])]
    answer = iot.search_index(indexName="AWS_ThingGroups", queryString='thingGroupDescription:"whole plant"')
    assert [one["thingGroupName"] for one in answer["thingGroups"]] == ["root"]


def test_results_come_in_pages(iot: Any) -> None:
    switch_on(iot)
    for number in range(5):
        iot.create_thing(thingName=f"t{number}")
    first = iot.search_index(queryString="t*", maxResults=3)
    second = iot.search_index(queryString="t*", maxResults=3, nextToken=first["nextToken"])
    assert [one["thingName"] for one in first["things"] + second["things"]] == [f"t{number}" for number in range(5)]
    assert "nextToken" not in second


def test_aggregates(iot: Any) -> None:
    switch_on(iot)
    for number, site in enumerate(["North", "North", "South", "North"]):
        iot.create_thing(thingName=f"t{number}", attributePayload={"attributes": {"n": str(number), "site": site}})
    field = {"queryString": "*", "aggregationField": "attributes.n"}
    assert iot.get_statistics(**field)["statistics"] == {
        "count": 4,
        "average": 1.5,
        "sum": 6.0,
        "minimum": 0.0,
        "maximum": 3.0,
        "sumOfSquares": 14.0,
        "variance": 1.25,
        "stdDeviation": 1.25**0.5,
    }
    assert iot.get_statistics(queryString="attributes.site:south")["statistics"] == {"count": 1}
    assert iot.get_statistics(queryString="*", aggregationField="attributes.site")["statistics"]["count"] == 4
    assert iot.get_cardinality(queryString="*", aggregationField="attributes.site")["cardinality"] == 2
    percents = iot.get_percentiles(**field, percents=[50.0, 100.0])["percentiles"]
    assert percents == [{"percent": 50.0, "value": 1.5}, {"percent": 100.0, "value": 3.0}]
    buckets = iot.get_buckets_aggregation(
        queryString="*",
        aggregationField="attributes.site",
        bucketsAggregationType={"termsAggregation": {"maxBuckets": 1}},
    )
    assert (buckets["totalCount"], buckets["buckets"]) == (4, [{"keyValue": "North", "count": 3}])
    with pytest.raises(iot.exceptions.InvalidAggregationException):
        iot.get_percentiles(queryString="*", aggregationField="attributes.site")


@pytest.mark.parametrize("query", ["thingName:a@b", "thingName:(a", "a AND"])
def test_a_malformed_query_is_refused(iot: Any, query: str) -> None:
    switch_on(iot)
    with pytest.raises(iot.exceptions.InvalidQueryException):
        iot.search_index(queryString=query)


def test_a_configuration_that_cannot_be_is_refused(iot: Any) -> None:
    for broken in (
        {"thingIndexingMode": "OFF", "thingConnectivityIndexingMode": "STATUS"},
        {**EVERYTHING, "filter": {"geoLocations": [{"name": ""}]}},
        {**EVERYTHING, "customFields": [{"name": f"attributes.a{number}", "type": "String"} for number in range(6)]},
        {**EVERYTHING, "filter": {"namedShadowNames": [f"s{number}" for number in range(11)]}},
    ):
        with pytest.raises(ClientError):
            iot.update_indexing_configuration(thingIndexingConfiguration=broken)
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.search_index(queryString="*", queryVersion="2000-01-01")


def test_switching_off_forgets_and_switching_the_mode_builds_anew(iot: Any) -> None:
    switch_on(iot)
    iot.create_thing(thingName="a")
    shadow("a", {"reported": {"x": 1}})
    assert found(iot, "shadow.reported.x:1") == ["a"]
    iot.update_indexing_configuration(thingIndexingConfiguration={"thingIndexingMode": "REGISTRY"})
    assert found(iot, "shadow.reported.x:1") == []
    assert iot.describe_index(indexName="AWS_Things")["schema"] == "REGISTRY"
    iot.update_indexing_configuration(thingIndexingConfiguration={"thingIndexingMode": "OFF"})
    switch_on(iot)
    assert found(iot, "*") == ["a"]


def test_a_large_fleet_is_built_in_turns_and_cannot_be_asked_before(iot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "BATCH", 2)
    monkeypatch.setattr(indexing, "FIRST_SECONDS", -1)
    for number in range(5):
        iot.create_thing(thingName=f"t{number}")
    switch_on(iot)
    with pytest.raises(iot.exceptions.IndexNotReadyException):
        iot.search_index(queryString="*")
    while indexing.work(SCOPE, -1):
        pass
    assert len(found(iot, "*")) == 5
