"""Shadows as services: versions, history, rates, and that no update is lost between many writers."""

import multiprocessing
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.db import connection, connections

from iot.bridge import outbox
from iot.core import errors
from iot.core.arn import Scope
from iot.models import OutboxRow, Shadow, ShadowVersion
from iot.services import rates, shadow_history, shadows
from iot.services.shadows import ShadowRequest

SCOPE = Scope(settings.ACCOUNT_ID, settings.REGION)
WRITERS, ROUNDS = 32, 8


@pytest.fixture(autouse=True)
def _fresh_rates() -> Iterator[None]:
    rates.forget()
    yield
    rates.forget()


def update(state: Any, thing: str = "lamp", **members: Any) -> dict[str, Any]:
    body = orjson.dumps({"state": state, **members})
    answered: dict[str, Any] = orjson.loads(
        shadows.update_thing_shadow(SCOPE, thing_name=thing, payload=body, actor="me")
    )
    return answered


def get(thing: str = "lamp", name: str = "") -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(shadows.get_thing_shadow(SCOPE, thing_name=thing, shadow_name=name))
    return found


@pytest.mark.django_db
def test_each_update_raises_the_version_by_one() -> None:
    assert update({"desired": {"on": True}})["version"] == 1
    assert update({"reported": {"on": False}})["version"] == 2
    found = get()
    assert found["state"] == {"desired": {"on": True}, "reported": {"on": False}, "delta": {"on": True}}
    with pytest.raises(errors.ConflictException):
        update({"desired": {}}, version=1)


@pytest.mark.django_db
def test_the_version_survives_deletion_for_48_hours() -> None:
    update({"desired": {"on": True}})
    update({"desired": {"on": False}})
    assert orjson.loads(shadows.delete_thing_shadow(SCOPE, thing_name="lamp"))["version"] == 2
    with pytest.raises(errors.ResourceNotFoundException):
        get()
    assert update({"desired": {"on": True}})["version"] == 3
    shadows.delete_thing_shadow(SCOPE, thing_name="lamp")
    Shadow.objects.filter(thing_name="lamp").update(deleted_at=1.0)
    assert update({"desired": {"on": True}})["version"] == 1


@pytest.mark.django_db
def test_an_update_over_http_leaves_delta_accepted_and_documents_in_the_outbox_in_this_order() -> None:
    update({"desired": {"on": True}})
    (row,) = OutboxRow.objects.all()
    topics = [message.topic for message in outbox.unpack(bytes(row.messages))]
    assert topics == [f"$aws/things/lamp/shadow/update/{name}" for name in ("delta", "accepted", "documents")]


@pytest.mark.django_db
def test_a_refused_update_leaves_nothing() -> None:
    with pytest.raises(errors.InvalidRequestException):
        shadows.update_thing_shadow(SCOPE, thing_name="lamp", payload=b'{"state": 3}')
    with pytest.raises(errors.RequestEntityTooLargeException):
        update({"desired": {"text": "x" * 9000}})
    assert not Shadow.objects.exists()
    assert not OutboxRow.objects.exists()


@pytest.mark.django_db
def test_a_batch_is_answered_in_order_and_written_once() -> None:
    requests = [
        ShadowRequest("update", "lamp", "", b'{"state": {"desired": {"n": 1}}}'),
        ShadowRequest("update", "lamp", "", b'{"state": {"desired": {"n": 2}}, "version": 1}'),
        ShadowRequest("update", "lamp", "", b'{"state": {"desired": {"n": 3}}, "version": 1}'),
        ShadowRequest("get", "lamp", "", b""),
        ShadowRequest("update", "other", "named", b'{"state": {"reported": {"n": 4}}}'),
        ShadowRequest("delete", "lamp", "", b""),
        ShadowRequest("get", "lamp", "", b""),
    ]
    topics = [message.topic.removeprefix("$aws/things/") for message in shadows.answer(SCOPE, requests)]
    assert topics == [
        *(f"lamp/shadow/update/{name}" for name in ("delta", "accepted", "documents")),
        *(f"lamp/shadow/update/{name}" for name in ("delta", "accepted", "documents")),
        "lamp/shadow/update/rejected",
        "lamp/shadow/get/accepted",
        "other/shadow/name/named/update/accepted",
        "other/shadow/name/named/update/documents",
        "lamp/shadow/delete/accepted",
        "lamp/shadow/get/rejected",
    ]
    assert Shadow.objects.get(thing_name="lamp").version == 2


@pytest.mark.django_db
def test_a_name_that_cannot_be_is_refused_and_spoils_no_batch() -> None:
    requests = [
        ShadowRequest("update", "x" * 129, "", b'{"state": {}, "clientToken": "t"}'),
        ShadowRequest("update", "lamp", "y" * 65, b'{"state": {}}'),
        ShadowRequest("get", "a b", "", b""),
        ShadowRequest("update", "lamp", "", b'{"state": {}}'),
    ]
    messages = shadows.answer(SCOPE, requests)
    assert [message.topic.rpartition("/")[2] for message in messages] == ["rejected"] * 3 + ["accepted", "documents"]
    refusal = orjson.loads(messages[0].payload)
    assert (refusal["code"], refusal["clientToken"]) == (400, "t")


@pytest.mark.django_db
def test_named_shadows_are_listed_without_the_classic_one() -> None:
    for name in ("", "b", "a", "c"):
        shadows.update_thing_shadow(SCOPE, thing_name="lamp", shadow_name=name, payload=b'{"state": {}}')
    shadows.delete_thing_shadow(SCOPE, thing_name="lamp", shadow_name="c")
    names, token = shadows.list_named_shadows_for_thing(SCOPE, thing_name="lamp", page_size=1)
    more, end = shadows.list_named_shadows_for_thing(SCOPE, thing_name="lamp", page_size=1, next_token=token)
    assert (set(names + more), end) == ({"a", "b"}, None)
    assert shadows.list_named_shadows_for_thing(SCOPE, thing_name="nobody") == ([], None)


@pytest.mark.django_db
def test_the_history_holds_who_when_and_which_keys_and_no_more_than_its_places(settings: Any) -> None:
    settings.SHADOW_HISTORY = 3
    for number in range(5):
        update({"desired": {"light": {"level": number}}, "reported": {"seen": number}})
    kept = shadow_history.versions(SCOPE, thing_name="lamp")
    assert [one.version for one in kept] == [5, 4, 3]
    assert kept[0].actor == "me"
    assert kept[0].keys == ("desired.light.level", "reported.seen")
    assert kept[2].document.desired == {"light": {"level": 2}}
    assert ShadowVersion.objects.count() == 3
    assert shadow_history.find_version(SCOPE, thing_name="lamp", version=4).document.reported == {"seen": 3}
    with pytest.raises(errors.ResourceNotFoundException):
        shadow_history.find_version(SCOPE, thing_name="lamp", version=1)


@pytest.mark.django_db
def test_a_version_is_wished_for_again_and_keys_that_came_since_go() -> None:
    update({"desired": {"light": {"level": 1}, "mode": "eco"}})
    update({"desired": {"light": {"level": 2, "hue": 9}, "mode": None, "fan": True}})
    old = shadow_history.find_version(SCOPE, thing_name="lamp", version=1)
    present = shadows.find_shadow(SCOPE, thing_name="lamp")
    assert present is not None
    shadows.update_thing_shadow(SCOPE, thing_name="lamp", payload=shadow_history.wish(old, present[0]))
    assert get()["state"]["desired"] == {"light": {"level": 1}, "mode": "eco"}


@pytest.mark.django_db
def test_without_places_there_is_no_history(settings: Any) -> None:
    settings.SHADOW_HISTORY = 0
    update({"desired": {"on": True}})
    assert shadow_history.versions(SCOPE, thing_name="lamp") == []


@pytest.mark.django_db
def test_more_updates_than_the_rate_allows_are_throttled(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.QUOTA_FACTOR = 1
    monkeypatch.setattr("iot.services.rates.time.monotonic", lambda: 100.0)
    refused = 0
    for number in range(60):
        try:
            update({"desired": {"n": number}})
        except errors.ThrottlingException:
            refused += 1
    assert refused == 20
    assert get()["version"] == 40
    (message,) = shadows.answer(SCOPE, [ShadowRequest("update", "lamp", "", b'{"state": {}, "clientToken": "t"}')])
    assert message.topic.endswith("/rejected")
    assert (orjson.loads(message.payload)["code"], orjson.loads(message.payload)["clientToken"]) == (429, "t")


def count_up(thing: str, writer: int) -> list[int]:
    """Add to a counter by optimistic locking, and set a key of one's own without; answers the versions that came."""
    came = []
    for number in range(ROUNDS):
        while True:
            try:
                before = get(thing)
                body = {"reported": {"counter": before["state"]["reported"]["counter"] + 1}}
                came.append(update(body, thing, version=before["version"])["version"])
                break
            except errors.ConflictException:
                continue
        came.append(update({"reported": {f"writer{writer}": number}}, thing)["version"])
    return came


def _in_process(directory: str, thing: str, writers: range, results: Any) -> None:
    for one in connections.all():
        one.close()
    connections["default"].settings_dict["NAME"] = directory
    results.put(_in_threads(thing, writers))


def _in_threads(thing: str, writers: range) -> list[int]:
    came: list[int] = []

    def write(writer: int) -> None:
        try:
            came.extend(count_up(thing, writer))
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


def _prove(versions: list[int], thing: str) -> None:
    found = get(thing)
    total = 2 * WRITERS * ROUNDS
    assert found["state"]["reported"]["counter"] == WRITERS * ROUNDS
    assert {found["state"]["reported"][f"writer{one}"] for one in range(WRITERS)} == {ROUNDS - 1}
    assert sorted(versions) == list(range(2, total + 2))
    assert found["version"] == total + 1


@pytest.mark.django_db(transaction=True)
def test_32_writers_lose_nothing_and_leave_no_gap(tmp_path: Path, django_db_blocker: Any) -> None:
    if connection.vendor != "sqlite":
        update({"reported": {"counter": 0}}, "shared")
        _prove(_in_threads("shared", range(WRITERS)), "shared")
        return
    # The test database of SQLite lives in memory, which knows no other process: write to a copy on disk.
    path = str(tmp_path / "shared.sqlite3")
    with sqlite3.connect(path) as copy:
        connection.ensure_connection()
        connection.connection.backup(copy)
    copy.close()
    original = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = path
    try:
        update({"reported": {"counter": 0}}, "shared")
        results: Any = multiprocessing.get_context("fork").Queue()
        shares = [range(start, start + WRITERS // 4) for start in range(0, WRITERS, WRITERS // 4)]
        processes = [
            multiprocessing.get_context("fork").Process(target=_in_process, args=(path, "shared", share, results))
            for share in shares
        ]
        connection.close()
        for process in processes:
            process.start()
        versions = [version for _ in processes for version in results.get(timeout=150)]
        for process in processes:
            process.join()
        _prove(versions, "shared")
    finally:
        connection.close()
        connection.settings_dict["NAME"] = original
