"""Turns at writing."""

import threading
from pathlib import Path

import pytest
from django.db import connection

from iot.models import turns


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(connection.settings_dict, "NAME", tmp_path / "db.sqlite3")
    if connection.vendor != "sqlite":
        pytest.skip("nobody waits on PostgreSQL")
    return tmp_path / "db.sqlite3-turn"


def test_one_at_a_time_has_the_turn(path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(50):
            with turns.turn():
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(most) == {1}
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_turn_within_a_turn_is_the_same_one(path: Path) -> None:
    waiting = threading.Event()

    def other() -> None:
        with turns.turn():
            waiting.set()

    thread = threading.Thread(target=other)
    with turns.turn():
        with turns.turn():
            thread.start()
        assert not waiting.wait(0.05)
    thread.join(10)
    assert waiting.is_set()


def test_a_turn_is_given_on_when_its_work_fails(path: Path) -> None:
    with pytest.raises(ValueError), turns.turn():
        raise ValueError
    done = threading.Event()

    def next_one() -> None:
        with turns.turn():
            done.set()

    thread = threading.Thread(target=next_one)
    thread.start()
    thread.join(10)
    assert done.is_set()


def test_a_database_in_memory_needs_no_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "NAME", "file:memorydb_default?mode=memory&cache=shared")
    with turns.turn(), turns.turn():
        assert turns._path() is None
