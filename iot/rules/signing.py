"""Signature Version 4 for HTTP requests that no client of AWS makes."""

from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest


def signed(
    method: str, url: str, headers: dict[str, str], body: bytes, *, credentials: Any, service: str, region: str
) -> dict[str, str]:
    """Answer the headers with those of the signature."""
    request = AWSRequest(method=method, url=url, data=body, headers=headers)
    SigV4Auth(credentials, service, region).add_auth(request)
    return {str(name): str(value) for name, value in request.headers.items()}
