"""The pages about the API."""

import re
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client


@pytest.mark.django_db
def test_the_document_is_served_for_the_host_that_asks(client: Client) -> None:
    answered = client.get("/api/openapi.json", headers={"host": "localhost:8000"})
    assert answered.json()["servers"] == [{"url": "http://localhost:8000/api"}]
    assert client.post("/api/openapi.json").status_code == 405


@pytest.mark.django_db
def test_the_reader_keeps_to_our_own_files_and_the_policy_for_them(client: Client) -> None:
    answered = client.get("/api/docs/")
    text = answered.content.decode()
    assert answered.status_code == 200
    assert "default-src 'none'" in answered["Content-Security-Policy"]
    assert re.findall(r"<script(?![^>]*src)[^>]*>", text) == []
    assert re.findall(r"<style|style=|\son[a-z]+=", text) == []
    for url in re.findall(r'(?:src|href)="([^"]+)"', text):
        assert url.startswith("/")
    for name in ("reader.js", "reader.css"):
        assert (Path(django_settings.BASE_DIR) / "static" / "api" / name).is_file()
