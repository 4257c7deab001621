"""Descriptions of operations are what botocore reads."""

import botocore.model

from iot.api.shapes import described, in_path, in_query, plain, refusal, structure


def test_botocore_reads_a_described_operation() -> None:
    members = {**in_path("lampId", "Text"), **in_query(since="Text"), **plain(level="Text")}
    described_model = {
        "version": "2.0",
        "metadata": {"protocol": "rest-json", "serviceId": "Test"},
        "operations": {"SetLamp": described("SetLamp", "PUT", "/lamps/{lampId}", "Sets a lamp.")},
        "shapes": {
            "Text": {"type": "string"},
            "SetLampRequest": structure(members, ["lampId"]),
            "SetLampResponse": structure({}),
            "InvalidRequestException": refusal(400),
            "ResourceNotFoundException": refusal(404),
            "ThrottlingException": refusal(429),
            "ConflictException": refusal(409),
        },
    }
    operation = botocore.model.ServiceModel(described_model, "test").operation_model("SetLamp")
    assert (operation.http["method"], operation.documentation) == ("PUT", "Sets a lamp.")
    places = {name: member.serialization.get("location") for name, member in operation.input_shape.members.items()}
    assert places == {"lampId": "uri", "since": "querystring", "level": None}
    assert operation.input_shape.required_members == ["lampId"]
    assert {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in operation.error_shapes}[
        "ConflictException"
    ] == 409
