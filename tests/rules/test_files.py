import time
from pathlib import Path

import pytest

from iot.rules.files import append, files


def test_lines_are_appended_and_private(tmp_path: Path) -> None:
    path = append(tmp_path / "files", "a", [b"1\n", b"2\n"], rotate=1000, keep=5)
    assert append(tmp_path / "files", "a", [b"3\n"], rotate=1000, keep=5) == path
    assert path.read_bytes() == b"1\n2\n3\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.name.startswith(f"a-{time.strftime('%Y', time.gmtime())}")


def test_a_full_file_is_followed_by_the_next(tmp_path: Path) -> None:
    made = [append(tmp_path, "a", [b"x" * 10 + b"\n"], rotate=10, keep=5) for _ in range(3)]
    assert len(set(made)) == 3
    assert files(tmp_path, "a") == made


def test_the_oldest_files_are_deleted(tmp_path: Path) -> None:
    made = [append(tmp_path, "a", [b"x" * 10], rotate=10, keep=2) for _ in range(4)]
    assert files(tmp_path, "a") == made[-2:]


def test_a_line_that_a_crash_cut_off_spoils_no_other(tmp_path: Path) -> None:
    path = append(tmp_path, "a", [b'{"n":1}\n'], rotate=1000, keep=5)
    with path.open("ab") as file:
        file.write(b'{"n":')
    append(tmp_path, "a", [b'{"n":2}\n'], rotate=1000, keep=5)
    assert path.read_bytes().splitlines() == [b'{"n":1}', b'{"n":', b'{"n":2}']


def test_names_that_begin_alike_are_kept_apart(tmp_path: Path) -> None:
    append(tmp_path, "a", [b"1\n"], rotate=1000, keep=1)
    append(tmp_path, "a-b", [b"2\n"], rotate=1000, keep=1)
    append(tmp_path, "a-b-20200101-000001", [b"3\n"], rotate=1000, keep=1)
    assert [path.read_bytes() for path in files(tmp_path, "a")] == [b"1\n"]
    assert [path.read_bytes() for path in files(tmp_path, "a-b")] == [b"2\n"]


def test_a_new_day_begins_a_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "strftime", lambda form, moment: "20990101")
    first = append(tmp_path, "a", [b"1\n"], rotate=1000, keep=5)
    monkeypatch.setattr(time, "strftime", lambda form, moment: "20990102")
    assert append(tmp_path, "a", [b"2\n"], rotate=1000, keep=5).name == "a-20990102-000000.jsonl"
    assert len(files(tmp_path, "a")) == 2
    assert first.name == "a-20990101-000000.jsonl"
