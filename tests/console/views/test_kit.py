"""The kit's download: once, kept by no cache, for operators."""

import io
import zipfile
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from iot.services import pki, things
from tests.console.browse import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def scope_settings(settings: Settings, tmp_path: Path) -> Settings:
    settings.DATA_DIR = tmp_path
    pki.create_authority(tmp_path)
    return settings


def test_the_download_is_kept_by_no_cache(scope_settings: Settings) -> None:
    things.create_thing(scope_settings.SCOPE, thing_name="t")
    answer = browser().post("/things/t/kit/")
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Type"] == "application/zip"
    assert "t-kit/private.pem.key" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()


def test_a_kit_is_not_had_by_get_nor_by_strangers_nor_for_unknown_things(scope_settings: Settings) -> None:
    client = browser()
    assert client.get("/things/t/kit/").status_code == 405
    assert client.post("/things/nobody/kit/").status_code == 404
    assert Client().post("/things/t/kit/").status_code == 302
    reader = browser("viewer")
    assert reader.post("/things/t/kit/").status_code == 403
