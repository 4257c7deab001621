"""Functions on strings."""

import base64
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core.sql.environment import NoPorts
from iot.core.sql.values import UNDEFINED, FunctionFailed
from tests.core.sql.running import value

U = UNDEFINED
texts = st.text(st.characters(codec="utf-8"), max_size=20)


class Proto(NoPorts):
    def decode_proto(self, content: bytes, bucket: str, key: str, file_name: str, message_type: str) -> Any:
        return {"content": content.hex(), "where": [bucket, key, file_name, message_type]}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("chr(65)", "A"),
        ("chr('66.7')", "B"),
        ("chr(-1)", U),
        ("chr(128)", U),
        ("concat()", U),
        ("concat(arr, 'x', missing, [9])", [1, 2, 3, "x", 9]),
        ("concat(1, 'hello')", "1hello"),
        ("concat('a', n)", U),
        ("concat(1, 2)", U),
        ("concat(1)", "1"),
        ("endswith('cat', 'at')", True),
        ("startswith(123, '2')", False),
        ("startswith(n, 'a')", U),
        ("indexof('abcd', 'bc')", 1),
        ("indexof('abcd', 'x')", U),
        ("length(false)", 5),
        ("numbytes('€')", 3),
        ("lower(['HELLO'])", '["hello"]'),
        ("upper(i)", "5"),
        ("lpad('hello', 2)", "  hello"),
        ("lpad('x', -4)", "x"),
        ("rpad(1, '3.9')", "1   "),
        ("length(rpad('x', 2000))", 1001),
        ("ltrim(' \t h i ')", "h i "),
        ("rtrim(' h i \t')", " h i"),
        ("trim(' h i ')", "h i"),
        ("replace('abcdabcd', 'b', 'x')", "axcdaxcd"),
        ("replace('a', missing, 'x')", U),
        ("substring('012345', 1, 3)", "12"),
        ("substring('012345', -50, 50)", "012345"),
        ("substring('012345', 3, 1)", ""),
        ("substring(123, 2)", "3"),
        ("substring(false, -2.411E247)", "false"),
        ("regexp_matches('aaaa', 'a{2,}')", True),
        ("regexp_matches('a', '[')", U),
        ("regexp_replace('abcd', 'b(.*)d', '$1')", "ac"),
        ("regexp_replace('abcd', 'b(x)?', '<$1>')", "a<>cd"),
        ("regexp_replace('abcd', 'b', '\\$1')", "a$1cd"),
        ("regexp_replace('abcd', 'b', '$1')", U),
        ("regexp_replace('abcd', 'b', '$')", U),
        ("regexp_replace('abcd', 'b', '\\')", U),
        ("regexp_replace('abcd', '(b)(c)', '$21$0')", "ac1bcd"),
        ("regexp_replace('abcd', '(?P<x>b)', '[${x}]')", "a[b]cd"),
        ("regexp_replace('abcd', '(b)', '${x}')", U),
        ("regexp_replace('abcdefghijkl', '" + "(.)" * 12 + "', '$12$13')", "la3"),
        ("regexp_replace('abcd', '(', 'x')", U),
        ("regexp_substr('hihihello', '(hi)*')", "hihi"),
        ("regexp_substr('abc', 'x')", U),
        ("regexp_substr('abc', '(')", U),
        ("md2('hello')", "a9046c73e00331af68917d3804f70655"),
        ("encode('hello', 'base64')", "aGVsbG8="),
        ("encode(*, 'base64')", base64.b64encode(b'{"i": 1}').decode()),
        ("encode(n, 'base64')", U),
        ("encode('hello', 'hex')", U),
        ("encode('hello')", U),
        ("decode('aGVsbG8=', 'base64')", "hello"),
        ("decode('eyJhIjoxfQ==', 'base64').a", 1),
        ("decode('@@', 'base64')", None),
        ("decode('€', 'base64')", None),
        ("decode('/w==', 'base64')", None),
        ("decode(n, 'base64')", U),
        ("decode('aGVsbG8=', 'hex')", U),
        ("decode('aGVsbG8=')", U),
    ],
)
def test_an_example(expression: str, expected: Any) -> None:
    payload = {"i": 1} if "*," in expression else {"i": 5, "arr": [1, 2, 3], "n": None}
    found = value(expression, payload)
    assert (found, type(found)) == (expected, type(expected))


@given(texts)
def test_base64_is_read_back_as_text_or_as_the_json_that_it_is(text: str) -> None:
    found = value("decode(encode(t, 'base64'), 'base64')", {"t": f"~{text}"})
    assert found == f"~{text}"


@given(texts, st.integers(-5, 25), st.integers(-5, 25))
def test_a_substring_lies_in_its_string(text: str, start: int, stop: int) -> None:
    found = value(f"substring(t, {start}, {stop})", {"t": text})
    assert found in text
    assert len(found) <= max(0, stop)


@pytest.mark.parametrize("name", ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"])
def test_hashes_are_in_hexadecimal(name: str) -> None:
    assert value(f"{name}('iot123')") == hashlib.new(name, b"iot123").hexdigest()
    assert value(f"{name}(n)") is U


def test_a_hostile_expression_takes_no_time() -> None:
    assert value("regexp_matches(t, '(a+)+$')", {"t": "a" * 50_000 + "b"}) is False


def test_protobuf_is_decoded_by_the_port() -> None:
    where = "'proto', 'bucket', 'key', 'file', 'Type'"
    assert value(f"decode(*, {where}).content", b"\xff", ports=Proto()) == "ff"
    assert value(f"decode('/w==', {where})", ports=Proto()) == {
        "content": "ff",
        "where": ["bucket", "key", "file", "Type"],
    }
    with pytest.raises(FunctionFailed, match="takes a bucket"):
        value("decode(*, 'proto', 'bucket')", ports=Proto())
    with pytest.raises(FunctionFailed, match="not base64"):
        value(f"decode('x', {where})", ports=Proto())
