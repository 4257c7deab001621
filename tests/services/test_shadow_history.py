"""The history of shadows apart from their services: keys, wishes, places."""

from typing import Any

import orjson
import pytest

from iot.core.arn import Scope
from iot.core.shadow.document import Document
from iot.services import shadow_history
from iot.services.shadow_history import Past, Version

SCOPE = Scope("1", "r")


@pytest.mark.parametrize(
    ("state", "keys"),
    [
        ({"desired": {"a": {"b": 1, "c": {}}, "d": [1]}}, ["desired.a.b", "desired.a.c", "desired.d"]),
        ({"reported": {"x": None}, "desired": None}, ["desired", "reported.x"]),
        (None, []),
        ({}, []),
        ({"other": 1}, []),
    ],
)
def test_the_keys_that_an_update_names(state: Any, keys: list[str]) -> None:
    assert shadow_history.named_keys(state) == keys


def test_no_more_than_fifty_keys_are_kept() -> None:
    state = {"desired": {str(number): {"a": 1, "b": 2} for number in range(100)}}
    assert len(shadow_history.named_keys(state)) == 50


def wish(wanted: dict[str, Any], present: dict[str, Any] | None) -> Any:
    version = Version(1, 0.0, "", (), Document(desired=wanted))
    return orjson.loads(shadow_history.wish(version, None if present is None else Document(desired=present)))


def test_a_wish_leads_from_the_present_to_the_past() -> None:
    assert wish({"a": 1}, None) == {"state": {"desired": {"a": 1}}}
    assert wish({"a": {"b": 1}}, {"a": {"c": 2}, "d": 3}) == {
        "state": {"desired": {"d": None, "a": {"c": None, "b": 1}}}
    }
    assert wish({"a": 1}, {"a": {"b": 2}}) == {"state": {"desired": {"a": 1}}}
    assert wish({}, {"a": 1}) == {"state": {"desired": {"a": None}}}


def test_of_a_batch_only_what_has_a_place_is_written(settings: Any) -> None:
    settings.SHADOW_HISTORY = 2
    past = [Past(number, 1.0, "me", {}, b"[{},{},{},{}]") for number in range(1, 6)]
    made = shadow_history.rows(SCOPE, "lamp", "", past)
    assert [(one["version"], one["slot"]) for one in made] == [(4, 0), (5, 1)]
