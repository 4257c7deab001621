"""Where job documents come from, and how their links are signed."""

from pathlib import Path
from typing import Any

import pytest

from iot.core import errors
from iot.models import Job
from iot.services import job_documents
from tests.services.fleet import SCOPE


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("s3://bucket/a/b.json", ("bucket", "a/b.json")),
        ("https://s3.amazonaws.com/bucket/a%20b", ("bucket", "a b")),
        ("https://s3.eu-west-1.amazonaws.com/bucket/a/b", ("bucket", "a/b")),
        ("https://bucket.s3.eu-west-1.amazonaws.com/a/b", ("bucket", "a/b")),
    ],
)
def test_an_object_is_named_by_any_of_s3s_urls(url: str, found: tuple[str, str]) -> None:
    assert job_documents.object_of(url) == found


@pytest.mark.parametrize("url", ["https://bucket.s3.amazonaws.com/", "s3://bucket", "http://s3.amazonaws.com/b/k", "x"])
def test_anything_else_names_none(url: str) -> None:
    with pytest.raises(errors.InvalidRequestException):
        job_documents.object_of(url)


@pytest.mark.parametrize(
    ("document", "source"),
    [
        ("", ""),
        ("{", ""),
        ('"' + "x" * 32_768 + '"', ""),
        ("", "file:none.json"),
        ("", "file:../secret_key"),
        ("", "file:///etc/passwd"),
    ],
)
def test_what_is_no_document_is_refused(document: str, source: str, tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    (tmp_path / "secret_key").write_text('"secret"')
    with pytest.raises(errors.InvalidRequestException):
        job_documents.read(SCOPE, document, source)


def test_a_document_is_read_from_a_file_of_its_directory(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    (tmp_path / "job-documents").mkdir()
    (tmp_path / "job-documents" / "a.json").write_text('{"a": 1}')
    assert job_documents.read(SCOPE, "", "file:a.json") == '{"a": 1}'
    assert job_documents.read(SCOPE, "", "file:///a.json") == '{"a": 1}'
    assert job_documents.read(SCOPE, '{"b": 2}', "file:a.json") == '{"b": 2}'


@pytest.mark.django_db
def test_links_are_signed_each_time_for_as_long_as_the_job_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SK")
    text = '{"u": "${aws:iot:s3-presigned-url:https://s3.amazonaws.com/bucket/key}", "v": 1}'
    made = Job(account=SCOPE.account, region=SCOPE.region, document=text)
    made.settings = {"presignedUrlConfig": {"expiresInSec": 77}}
    signed = job_documents.deliverable(SCOPE, made)
    assert "${" not in signed
    assert "bucket" in signed
    assert "77" in signed or "Expires=" in signed
    plain = Job(account=SCOPE.account, region=SCOPE.region, document='{"v": [1, {"none": null}], "none": null}')
    assert job_documents.deliverable(SCOPE, plain) == '{"v":[1,{}]}'
