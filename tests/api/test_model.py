"""The service models."""

from iot.api.model import SERVICES, documentation, operations


def test_the_three_services_are_read_whole() -> None:
    counts: dict[str, int] = {}
    for service, _ in operations():
        counts[service] = counts.get(service, 0) + 1
    assert counts == {"iot": 272, "iot-data": 11, "iot-jobs-data": 5}
    assert set(SERVICES.values()) == set(counts)


def test_a_path_is_its_segments_without_its_query() -> None:
    assert operations()["iot", "AttachPolicy"].segments == ("target-policies", ("policyName",))
    assert operations()["iot", "GetTopicRuleDestination"].segments == ("destinations", ("arn",))
    assert operations()["iot-data", "ListNamedShadowsForThing"].segments[0] == "api"


def test_errors_carry_their_status() -> None:
    assert operations()["iot", "DeleteCertificate"].errors["CertificateStateException"] == 406
    assert operations()["iot-data", "Publish"].errors["ThrottlingException"] == 429


def test_operations_are_documented() -> None:
    assert "thing" in documentation("iot", "CreateThing")
