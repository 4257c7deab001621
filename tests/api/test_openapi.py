"""The API's description and its reader."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings as django_settings
from django.test import Client
from openapi_spec_validator import validate

from iot.api import openapi, registry
from iot.api.model import operations


@pytest.fixture(scope="module")
def document() -> Any:
    return orjson.loads(openapi.document("http://cloud.test/api"))


def test_the_document_is_valid_and_names_every_operation(document: Any) -> None:
    validate(document)
    named = {one["operationId"] for methods in document["paths"].values() for one in methods.values()}
    shared = {"StartCommandExecution", "DescribeJobExecution", "GetPendingJobExecutions"}
    assert {name for _, name in operations()} - named <= shared
    unserved = {
        one["operationId"]
        for methods in document["paths"].values()
        for one in methods.values()
        if one.get("deprecated")
    }
    assert unserved <= {name for _, name in registry.unserved()}


def test_parameters_stand_where_the_model_puts_them(document: Any) -> None:
    attach = document["paths"]["/things/{thingName}/principals"]["put"]
    places = {one["name"]: (one["in"], one["required"]) for one in attach["parameters"]}
    assert places["thingName"] == ("path", True)
    assert places["x-amzn-principal"] == ("header", True)
    create = document["paths"]["/things/{thingName}"]["post"]
    body = create["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["thingTypeName"]["maxLength"] == 128
    assert "ResourceAlreadyExistsException" in create["responses"]["409"]["description"]
    assert "<p>" not in create["description"]


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
