from typing import Any

import orjson
import pytest

from iot.rules.action import ActionError, Failed
from iot.rules.targets import Targets
from tests.rules.listening import Listener
from tests.rules.running import ROLE, carry_out, fire, message, requests, rule

PROPERTY = "00000000-0000-4000-8000-000000000001"
TIME = {"timeInSeconds": "${floor(at / 1000)}", "offsetInNanos": "${(at % 1000) * 1000000}"}


def value(kind: str, text: str, **more: Any) -> dict[str, Any]:
    return {"value": {kind: text}, "timestamp": TIME, **more}


def made(*entries: dict[str, Any]) -> list[dict[str, Any]]:
    given = {"putAssetPropertyValueEntries": list(entries), "roleArn": ROLE}
    return requests({"iotSiteWise": given}, message({"t": 21.5, "n": 3, "on": True, "at": 1_700_000_000_250}))


def test_properties_are_written_with_their_types(listening_targets: Targets, listener: Listener) -> None:
    listener.body = b'{"errorEntries":[]}'
    by_alias = {
        "entryId": "first",
        "propertyAlias": "/plant/${topic(2)}/t",
        "propertyValues": [value("doubleValue", "${t}", quality="GOOD"), value("integerValue", "${n}")],
    }
    by_ids = {
        "assetId": "externalId:${topic(3)}-asset-of-a-line-in-a-plant",
        "propertyId": PROPERTY,
        "propertyValues": [value("booleanValue", "${on}"), value("stringValue", "${n}")],
    }
    wanted = made(by_alias, by_ids)
    assert carry_out(listening_targets, "iotSiteWise", wanted) == [None, None]
    (asked,) = listener.asked
    assert asked.path == "/properties"
    time = {"timeInSeconds": 1_700_000_000, "offsetInNanos": 250_000_000}
    assert orjson.loads(asked.body)["entries"] == [
        {
            "entryId": "first",
            "propertyAlias": "/plant/a/t",
            "propertyValues": [
                {"value": {"doubleValue": 21.5}, "timestamp": time, "quality": "GOOD"},
                {"value": {"integerValue": 3}, "timestamp": time},
            ],
        },
        {
            "entryId": wanted[1]["entry"]["entryId"],
            "assetId": "externalId:x-asset-of-a-line-in-a-plant",
            "propertyId": PROPERTY,
            "propertyValues": [
                {"value": {"booleanValue": True}, "timestamp": time},
                {"value": {"stringValue": "3"}, "timestamp": time},
            ],
        },
    ]


def test_each_entry_has_its_own_outcome(listening_targets: Targets, listener: Listener) -> None:
    codes = {"a": "ResourceNotFoundException", "b": "ThrottlingException"}
    told = [{"entryId": one, "errors": [{"errorCode": code, "errorMessage": "no"}]} for one, code in codes.items()]
    listener.body = orjson.dumps({"errorEntries": told})
    entries = [{"entryId": one, "propertyAlias": "x", "propertyValues": [value("stringValue", "s")]} for one in "abc"]
    assert carry_out(listening_targets, "iotSiteWise", made(*entries)) == [
        Failed("ResourceNotFoundException: no", final=True),
        Failed("ThrottlingException: no"),
        None,
    ]


@pytest.mark.parametrize(("kind", "text"), [("integerValue", "1.5"), ("booleanValue", "1"), ("doubleValue", "warm")])
def test_a_value_is_of_its_type(kind: str, text: str) -> None:
    with pytest.raises(ActionError):
        made({"propertyAlias": "x", "propertyValues": [value(kind, text)]})


def test_a_value_of_no_known_type_fails_each_message() -> None:
    entry = {"propertyAlias": "x", "propertyValues": [value("otherValue", "1")]}
    given = rule({"iotSiteWise": {"putAssetPropertyValueEntries": [entry], "roleArn": ROLE}})
    with pytest.raises(ActionError, match="otherValue"):
        given.actions[0].render(fire(given, message({})))
