"""What import-aws and export-aws share: the question, and the key of this installation."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError

from iot.management.moving.command import MoveCommand, ours, theirs
from iot.management.moving.inventory import Endpoint

OPTIONS = {"plan_only": False, "json": True, "yes": False}


def test_nothing_is_done_without_a_yes(sides: tuple[Endpoint, Endpoint], monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = sides
    source.iot.create_thing(thingName="t")
    out = io.StringIO()
    command = MoveCommand(stdout=out)
    command.move(source, target, {**OPTIONS, "plan_only": True})
    assert json.loads(out.getvalue()) == [{"kind": "things", "name": "t", "action": "create", "note": ""}]
    monkeypatch.setattr("builtins.input", lambda question: "n")
    with pytest.raises(CommandError, match="Nothing was changed"):
        command.move(source, target, OPTIONS)
    assert target.iot.list_things()["things"] == []
    monkeypatch.setattr("builtins.input", lambda question: "y")
    command.move(source, target, OPTIONS)
    assert [thing["thingName"] for thing in target.iot.list_things()["things"]] == ["t"]
    assert "1 created, 0 failed" in out.getvalue()


def test_what_fails_is_said_and_is_an_error(sides: tuple[Endpoint, Endpoint], monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = sides
    source.iot.create_thing_type(thingTypeName="type")
    source.iot.create_thing(thingName="t", thingTypeName="type")
    source.iot.deprecate_thing_type(thingTypeName="type")
    target.iot.create_thing_type(thingTypeName="type")
    target.iot.deprecate_thing_type(thingTypeName="type")
    with pytest.raises(CommandError, match="things t"):
        MoveCommand(stdout=io.StringIO()).move(source, target, {**OPTIONS, "yes": True})


def test_this_side_needs_the_key_of_a_first_start(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    with pytest.raises(CommandError, match="start Thingstead once"):
        ours()


def test_the_other_side_is_as_the_options_say(elsewhere: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SK")
    assert theirs({"profile": None, "region": "eu-west-1", "endpoint_url": elsewhere}).region == "eu-west-1"
