"""The tutorial's pages: order, resuming, skipping, removing; who may."""

import io
import zipfile
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from iot.core.arn import Scope
from iot.services import certificates, pki, policies, shadows, things, topic_rules, tutorials
from tests.console.browse import browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _directory(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    pki.create_authority(tmp_path)


@pytest.fixture
def scope(settings: Settings) -> Scope:
    found: Scope = settings.SCOPE
    return found


def test_the_first_page_lists_six_steps() -> None:
    html = browser().get("/start/").content.decode()
    for title in ("Create a thing", "Get its connection kit", "Connect the device", "Let a rule fire"):
        assert title in html


def test_a_step_that_is_not_reached_leads_to_the_one_that_is() -> None:
    answer = browser().get("/start/wish/")
    assert answer.status_code == 302
    assert answer["Location"] == "/start/thing/"


def test_an_unknown_step_is_not_found() -> None:
    assert browser().get("/start/dance/").status_code == 404


def test_steps_are_done_by_doing_and_resumed(scope: Scope) -> None:
    client = browser()
    user = User.objects.get()
    assert client.post("/start/thing/", {"thing_name": "dev"})["Location"] == "/start/kit/"
    assert things.find_thing(scope, "dev")
    answer = client.post("/start/kit/", {"do": "download"})
    assert "dev-kit/device_paho.py" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    html = client.get("/start/run/?with=node").content.decode()
    assert "node device.mjs" in html
    tutorials.mark(scope, user, step="message")
    assert client.get("/start/message/").status_code == 200
    assert client.post("/start/wish/", {"led": "on"}).status_code == 302
    found = shadows.find_shadow(scope, thing_name="dev")
    assert found is not None
    assert found[0].desired == {"led": "on"}
    shadows.update_thing_shadow(scope, thing_name="dev", payload=b'{"state":{"reported":{"led":"on"}}}')
    assert client.get("/start/wish/", follow=True).status_code == 200
    assert client.post("/start/rule/").status_code == 302
    assert topic_rules.topic_rules(scope).get().name == "dev_is_warm"
    assert "devices/dev/alerts" in client.get("/start/rule/").content.decode()


def test_a_second_kit_replaces_the_first_certificate(scope: Scope) -> None:
    client = browser()
    client.post("/start/thing/", {"thing_name": "dev"})
    client.post("/start/kit/")
    client.post("/start/kit/")
    assert certificates.certificates(scope).count() == 1


def test_a_name_that_is_taken_or_bad_is_said_at_the_field(scope: Scope) -> None:
    things.create_thing(scope, thing_name="taken")
    client = browser()
    for name, text in (("taken", "exists already"), ("a/b", "Use letters"), ("", "This field is required")):
        answer = client.post("/start/thing/", {"thing_name": name})
        assert answer.status_code == 422
        assert text in answer.content.decode()


def test_removing_deletes_all_that_was_made(scope: Scope) -> None:
    client = browser()
    client.post("/start/thing/", {"thing_name": "dev"})
    client.post("/start/kit/")
    tutorials.mark(scope, User.objects.get(), step="message")
    client.post("/start/wish/", {"led": "on"})
    tutorials.mark(scope, User.objects.get(), step="wish")
    client.post("/start/rule/")
    client.post("/start/", {"do": "remove"})
    left = (
        things.things(scope).count(),
        certificates.certificates(scope).count(),
        policies.policies(scope).count(),
        topic_rules.topic_rules(scope).count(),
    )
    assert left == (0, 0, 0, 0)
    assert shadows.find_shadow(scope, thing_name="dev") is None
    assert tutorials.find(scope, User.objects.get()) is None


def test_it_can_be_repeated_with_what_was_made_kept(scope: Scope) -> None:
    client = browser()
    client.post("/start/thing/", {"thing_name": "first"})
    client.post("/start/kit/")
    client.post("/start/", {"do": "again"})
    assert client.get("/start/kit/")["Location"] == "/start/thing/"
    client.post("/start/thing/", {"thing_name": "second"})
    assert things.things(scope).count() == 2
    assert certificates.certificates(scope).count() == 1


def test_it_can_be_put_aside_and_taken_up_again(scope: Scope) -> None:
    client = browser()
    client.post("/start/", {"do": "skip"})
    row = tutorials.find(scope, User.objects.get())
    assert row is not None
    assert row.skipped
    assert "put the tutorial aside" in client.get("/start/").content.decode()
    client.post("/start/", {"do": "resume"})
    row.refresh_from_db()
    assert not row.skipped


def test_strangers_log_in_first_and_viewers_change_nothing() -> None:
    assert Client().get("/start/").status_code == 302
    reader = browser("viewer")
    assert reader.get("/start/").status_code == 200
    assert reader.post("/start/thing/", {"thing_name": "dev"}).status_code == 403
