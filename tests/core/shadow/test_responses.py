"""Requests to a shadow and the messages that answer them."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core.shadow.document import Document, Limits, dump
from iot.core.shadow.responses import (
    Answered,
    Rejected,
    Updated,
    delete,
    get,
    missing,
    reject,
    surviving_version,
    token_of,
    update,
)
from iot.management.vectors import shadow
from tests.vectors import load

CASES = load("shadow")
NOW = 1_700_000_000


def updated(stored: Document | None, request: Any, **more: Any) -> Updated:
    content = request if isinstance(request, bytes) else orjson.dumps(request)
    found = update(stored, content, NOW, **more)
    assert isinstance(found, Updated)
    return found


def refused(stored: Document | None, request: Any, **more: Any) -> Rejected:
    content = request if isinstance(request, bytes) else orjson.dumps(request)
    found = update(stored, content, NOW, **more)
    assert isinstance(found, Rejected)
    return found


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_shared_case(case: dict[str, Any]) -> None:
    assert shadow.failure(case) is None


def test_an_update_is_answered_by_what_it_named() -> None:
    stored = updated(None, {"state": {"desired": {"a": 1}, "reported": {"b": 1}}}).document
    found = updated(stored, {"state": {"desired": {"c": 2, "a": None}}, "clientToken": "t"})
    assert orjson.loads(found.accepted) == {
        "state": {"desired": {"c": 2, "a": None}},
        "metadata": {"desired": {"c": {"timestamp": NOW}}},
        "version": 2,
        "timestamp": NOW,
        "clientToken": "t",
    }
    assert orjson.loads(found.delta or b"") == {
        "state": {"c": 2},
        "metadata": {"c": {"timestamp": NOW}},
        "version": 2,
        "timestamp": NOW,
        "clientToken": "t",
    }
    assert (found.text, found.state) == (dump(found.document), {"desired": {"c": 2, "a": None}})
    documents = orjson.loads(found.documents)
    assert documents["previous"]["version"] == 1
    assert documents["current"]["state"] == {"desired": {"c": 2}, "reported": {"b": 1}}


def test_the_first_update_has_no_previous_document_and_no_delta_where_nothing_differs() -> None:
    found = updated(None, {"state": {"reported": {"a": 1}}})
    assert found.delta is None
    assert orjson.loads(found.documents)["previous"] is None


def test_a_state_of_null_wipes_the_shadow_and_says_so() -> None:
    stored = updated(None, {"state": {"desired": {"a": 1}}}).document
    found = updated(stored, {"state": None})
    assert (found.document.state, found.document.version) == ({}, 2)
    answer = orjson.loads(found.accepted)
    assert (answer["state"], answer["metadata"]) == (None, {"timestamp": answer["timestamp"]})


def test_a_section_of_null_is_named_in_the_answer_without_times() -> None:
    found = updated(None, {"state": {"desired": None, "other": 1}})
    answer = orjson.loads(found.accepted)
    assert (answer["state"], answer["metadata"]) == ({"desired": None}, {})


def test_a_shadow_that_was_deleted_goes_on_from_its_version() -> None:
    assert updated(None, {"state": {}}, last_version=7).document.version == 8
    assert surviving_version(7, NOW, NOW + 48 * 3600 - 1) == 7
    assert surviving_version(7, NOW, NOW + 48 * 3600) == 0


@pytest.mark.parametrize(
    ("request_body", "code", "message"),
    [
        (b"\xff", 415, "Unsupported documented encoding; supported encoding is UTF-8"),
        (b"{", 400, "Invalid JSON"),
        (b"{\xff", 415, "Unsupported documented encoding; supported encoding is UTF-8"),
        (b"[]", 400, "Invalid JSON"),
        ({}, 400, "Missing required node: state"),
        ({"state": "x"}, 400, "State node must be an object"),
        ({"state": {"desired": []}}, 400, "Desired node must be an object"),
        ({"state": {"reported": 1}}, 400, "Reported node must be an object"),
        ({"state": {}, "version": "1"}, 400, "Invalid version"),
        ({"state": {}, "version": True}, 400, "Invalid version"),
        ({"state": {}, "version": 5}, 409, "Version conflict"),
        ({"state": {}, "clientToken": "x" * 65}, 400, "Invalid clientToken"),
        ({"state": {}, "clientToken": 7}, 400, "Invalid clientToken"),
        ({"state": {"desired": {"a": [1, None]}}}, 400, "State contains an invalid node"),
        ({"state": {"desired": {"a": "x" * 8192}}}, 413, "The payload exceeds the maximum size allowed"),
    ],
)
def test_a_bad_request_is_rejected(request_body: Any, code: int, message: str) -> None:
    found = refused(Document(version=3), request_body)
    assert (found.code, found.message) == (code, message)
    assert orjson.loads(found.body) == {"code": code, "message": message, "timestamp": NOW}


def test_what_is_nested_too_deeply_is_rejected() -> None:
    limits = Limits(depth=2)
    assert (
        "too many levels of nesting; maximum is 2"
        in refused(None, {"state": {"desired": {"a": {"b": {}}}}}, limits=limits).message
    )
    updated(None, {"state": {"desired": {"a": {"b": 1}}}}, limits=limits)


def test_a_rejection_carries_the_token_as_far_as_it_was_read() -> None:
    assert orjson.loads(refused(None, {"clientToken": "t"}).body)["clientToken"] == "t"
    assert orjson.loads(reject(500, "x", NOW, "t").body)["clientToken"] == "t"


def test_the_current_version_may_be_named() -> None:
    assert updated(Document(version=3), {"state": {}, "version": 3}).document.version == 4
    assert updated(None, {"state": {}, "version": 0}).document.version == 1


def test_get_answers_the_whole_document_with_its_difference() -> None:
    stored = updated(None, {"state": {"desired": {"a": 1}, "reported": {"a": 2}}}).document
    found = get(stored, b'{"clientToken": "t"}', NOW)
    assert isinstance(found, Answered)
    answer = orjson.loads(found.accepted)
    assert answer["state"] == {"desired": {"a": 1}, "reported": {"a": 2}, "delta": {"a": 1}}
    assert (answer["clientToken"], answer["version"]) == ("t", 1)
    settled = get(updated(None, {"state": {"reported": {"a": 1}}}).document, b"", NOW)
    assert isinstance(settled, Answered)
    assert "delta" not in orjson.loads(settled.accepted)["state"]


def test_delete_answers_the_version_of_what_is_gone() -> None:
    found = delete(Document(version=4), b"anything", NOW)
    assert isinstance(found, Answered)
    assert orjson.loads(found.accepted) == {"version": 4, "timestamp": NOW}


@pytest.mark.parametrize("operation", [get, delete])
def test_what_does_not_exist_is_not_found(operation: Any) -> None:
    found = operation(None, b'{"clientToken": "t"}', NOW, shadow_name="s")
    assert (found.code, found.message) == (404, missing("s"))
    assert orjson.loads(found.body)["clientToken"] == "t"


@pytest.mark.parametrize(
    ("request_body", "token"),
    [(b'{"clientToken":"t"}', "t"), (b"[]", None), (b"x", None), (b'{"clientToken":7}', None)],
)
def test_a_token_is_read_where_there_is_one(request_body: bytes, token: str | None) -> None:
    assert token_of(request_body) == token


bodies = st.recursive(
    st.none() | st.integers(-9, 9) | st.text("ab", max_size=3),
    lambda inner: st.dictionaries(
        st.sampled_from(["state", "desired", "reported", "version", "clientToken", "a"]), inner, max_size=3
    ),
    max_leaves=6,
)


@given(st.binary(max_size=30) | bodies.map(orjson.dumps))
def test_any_request_is_accepted_or_rejected(request_body: bytes) -> None:
    found = update(Document(version=1), request_body, NOW)
    if isinstance(found, Rejected):
        assert found.code in (400, 409, 413, 415)
    else:
        assert found.document.version == 2
