from botocore.credentials import Credentials

from iot.rules.signing import signed


def test_the_signature_covers_body_and_headers_and_keeps_them() -> None:
    def sign(body: bytes) -> dict[str, str]:
        return signed(
            "POST",
            "https://example.com/a?b=c",
            {"x-mine": "1"},
            body,
            credentials=Credentials("AKID", "secret", "token"),
            service="es",
            region="eu-west-1",
        )

    headers = sign(b"body")
    assert headers["x-mine"] == "1"
    assert headers["X-Amz-Security-Token"] == "token"
    assert "/eu-west-1/es/aws4_request, SignedHeaders=" in headers["Authorization"]
    assert headers["Authorization"] != sign(b"other")["Authorization"]
