"""The API's OpenAPI document."""

from typing import Any

import orjson
import pytest
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
