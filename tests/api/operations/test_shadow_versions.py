"""The history of shadows over the API."""

import json

import pytest

from tests.api import harness
from tests.api.harness import call

pytestmark = pytest.mark.django_db


@pytest.fixture
def token() -> str:
    return harness.new_token()


def test_versions_are_listed_read_and_restored(token: str) -> None:
    data = harness.client("iot-data")
    for level in (1, 2):
        body = {"state": {"desired": {"level": level, f"only{level}": True}}}
        data.update_thing_shadow(thingName="lamp", payload=json.dumps(body))
    status, listed = call(token, "GET", "/things/lamp/shadow/versions")
    assert status == 200
    assert [(one["version"], one["keys"]) for one in listed["versions"]] == [
        (2, ["desired.level", "desired.only2"]),
        (1, ["desired.level", "desired.only1"]),
    ]
    assert listed["versions"][0]["actor"].startswith("admin-")
    status, old = call(token, "GET", "/things/lamp/shadow/versions/1")
    assert (status, old["state"]["desired"]) == (200, {"level": 1, "only1": True})
    status, accepted = call(token, "POST", "/things/lamp/shadow/versions/1/restore")
    assert (status, accepted["version"]) == (200, 3)
    found = json.loads(data.get_thing_shadow(thingName="lamp")["payload"].read())
    assert found["state"]["desired"] == {"level": 1, "only1": True}
    assert call(token, "GET", "/things/lamp/shadow/versions/9")[0] == 404
    assert call(token, "GET", "/things/lamp/shadow/versions/x")[0] == 400


def test_named_shadows_have_their_own_history(token: str) -> None:
    harness.client("iot-data").update_thing_shadow(thingName="lamp", shadowName="n", payload=b'{"state": {}}')
    assert len(call(token, "GET", "/things/lamp/shadow/versions", "name=n")[1]["versions"]) == 1
    assert call(token, "GET", "/things/lamp/shadow/versions")[1] == {"versions": []}


def test_a_viewer_reads_and_does_not_restore() -> None:
    token = harness.new_token("viewer")
    assert call(token, "GET", "/things/lamp/shadow/versions")[0] == 200
    assert call(token, "POST", "/things/lamp/shadow/versions/1/restore")[0] == 403
