"""Job documents: given as text, or read from S3 or from a directory of the installation; links in them are signed.

`documentSource` is an S3 object's https or s3 URL, or `file:NAME` for a file in DATA_DIR/job-documents: no other file
of this machine can be named. Parameters of a managed template are put in when the document is asked for, and
`${aws:iot:s3-presigned-url:https://…}` (or `-url-v2`) becomes a signed link each time it goes to a device.
"""

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
import orjson
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from iot.core import errors
from iot.core.arn import Scope
from iot.core.jobs.managed import substitute
from iot.models import Job
from iot.services.aws_targets import find_target

MAXIMUM_BYTES = 32 * 1024
DIRECTORY = "job-documents"
DEFAULT_SECONDS = 3600
_FILE = re.compile(r"file:(?://)?/?([A-Za-z0-9_][A-Za-z0-9_.-]*)")
_SIGNED = re.compile(r"\$\{aws:iot:s3-presigned-url(?:-v2)?:(https://[^}\"]+)\}")


def read(scope: Scope, document: str, source: str) -> str:
    """Answer a job's document as JSON text, from its source where it is not given. Raises InvalidRequestException."""
    if not document and not source:
        raise errors.InvalidRequestException("A document, a documentSource or something to copy it from is needed")
    content = document.encode() if document else _fetch(scope, source)
    if len(content) > MAXIMUM_BYTES:
        raise errors.InvalidRequestException(f"A job document may have at most {MAXIMUM_BYTES} bytes")
    try:
        orjson.loads(content)
    except orjson.JSONDecodeError as error:
        where = "request input" if document else source
        raise errors.InvalidRequestException(f"Job document located at {where} is an invalid JSON document.") from error
    return content.decode()


def deliverable(scope: Scope, job: Job) -> str:
    """Answer a job's document as its devices get it: compact, without members that are null, with signed links."""
    document = orjson.dumps(_without_nulls(orjson.loads(substituted(job)))).decode()
    seconds = int(job.settings.get("presignedUrlConfig", {}).get("expiresInSec", DEFAULT_SECONDS))
    return _SIGNED.sub(lambda found: _sign(scope, found[1], seconds), document)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def substituted(job: Job) -> str:
    """Answer a job's document with the parameters that the job gives to its managed template."""
    parameters = job.settings.get("documentParameters")
    return job.document if parameters is None else substitute(job.document, parameters)


def s3_client(scope: Scope) -> Any:
    """Make a client of S3, or of what stands in for it in the settings."""
    target = find_target(scope, "s3")
    return boto3.client(
        "s3",
        endpoint_url=target.endpoint_url or None,
        region_name=target.region_name or scope.region,
        aws_access_key_id=target.access_key_id or None,
        aws_secret_access_key=target.secret_access_key or None,
    )


def object_of(url: str) -> tuple[str, str]:
    """Answer bucket and key of an S3 URL in any of its forms. Raises InvalidRequestException."""
    parts = urlsplit(url)
    path = unquote(parts.path.lstrip("/"))
    if parts.scheme == "s3":
        bucket, key = parts.netloc, path
    elif parts.netloc.startswith(("s3.", "s3-")):
        bucket, _, key = path.partition("/")
    else:
        bucket, key = parts.netloc.partition(".s3")[0], path
    if parts.scheme not in ("s3", "https") or not bucket or not key:
        raise errors.InvalidRequestException(f"{url} does not name an S3 object")
    return bucket, key


def _fetch(scope: Scope, source: str) -> bytes:
    if found := _FILE.fullmatch(source):
        path = Path(settings.DATA_DIR) / DIRECTORY / found[1]
        if not path.is_file():
            raise errors.InvalidRequestException(f"There is no file {found[1]} in {DIRECTORY} of the data directory")
        return path.read_bytes()
    bucket, key = object_of(source)
    try:
        content: bytes = s3_client(scope).get_object(Bucket=bucket, Key=key)["Body"].read(MAXIMUM_BYTES + 1)
    except (BotoCoreError, ClientError) as error:
        raise errors.InvalidRequestException(f"The document at {source} cannot be read: {error}") from None
    return content


def _sign(scope: Scope, url: str, seconds: int) -> str:
    bucket, key = object_of(url)
    link: str = s3_client(scope).generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=seconds
    )
    return link
