from typing import Any

from iot.rules.targets import Targets
from tests.rules.running import ROLE, carry_out, message, requests


def made(bucket: str, of: Any, **more: Any) -> list[dict[str, Any]]:
    given = {"bucketName": bucket, "key": "${topic(2)}/${t}.json", "roleArn": ROLE, **more}
    return requests({"s3": given}, message(of))


def test_the_output_becomes_an_object_whose_key_is_a_template(moto_targets: Targets, aws: Any) -> None:
    aws("s3").create_bucket(Bucket="objects")
    assert carry_out(moto_targets, "s3", made("objects", {"t": 1})) == [None]
    assert aws("s3").get_object(Bucket="objects", Key="a/1.json")["Body"].read() == b'{"t":1}'


def test_a_payload_that_is_not_json_is_stored_as_it_is(moto_targets: Targets, aws: Any) -> None:
    aws("s3").create_bucket(Bucket="binary")
    assert carry_out(moto_targets, "s3", made("binary", b"\x00\xff")) == [None]
    assert aws("s3").get_object(Bucket="binary", Key="a/.json")["Body"].read() == b"\x00\xff"


def test_the_canned_acl_is_set(moto_targets: Targets, aws: Any) -> None:
    aws("s3").create_bucket(Bucket="public")
    assert carry_out(moto_targets, "s3", made("public", {"t": 2}, cannedAcl="public-read")) == [None]
    grants = aws("s3").get_object_acl(Bucket="public", Key="a/2.json")["Grants"]
    assert {grant["Permission"] for grant in grants if grant["Grantee"].get("URI")} == {"READ"}


def test_a_bucket_that_does_not_exist_is_final(moto_targets: Targets) -> None:
    (failed,) = carry_out(moto_targets, "s3", made("nowhere", {"t": 1}))
    assert failed is not None
    assert failed.final
    assert "NoSuchBucket" in failed.reason
