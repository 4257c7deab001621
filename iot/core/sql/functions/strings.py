"""Functions on strings: searching, cutting, padding, hashing, regular expressions, base64."""

import base64
import hashlib
import re
from typing import Any

from iot.core.sql.functions.library import function, raw_function, text, whole
from iot.core.sql.functions.md2 import md2_digest
from iot.core.sql.functions.patterns import compile_pattern
from iot.core.sql.payload import parse_json
from iot.core.sql.values import UNDEFINED, FunctionFailed, to_string

MAXIMUM_PADDING = 1000
_BLANKS = " \t"
_REPLACEMENT = re.compile(r"[^\\$]+|\\(?P<plain>.)|\$\{(?P<name>[A-Za-z][A-Za-z0-9]*)\}|\$(?P<number>\d+)", re.DOTALL)


@function("chr(Int)", "The ASCII character with a code.", whole)
def char(code: int) -> Any:
    return chr(code) if 0 <= code < 128 else UNDEFINED


@raw_function("concat(Any, ...)", "Arrays spliced into one, or strings joined.")
def concat(run: Any, *arguments: Any) -> Any:
    if not arguments:
        return UNDEFINED
    if any(isinstance(argument, list) for argument in arguments):
        found: list[Any] = []
        for argument in arguments:
            if isinstance(argument, list):
                found.extend(argument)
            elif argument is not UNDEFINED:
                found.append(argument)
        return found
    if len(arguments) > 1 and not any(isinstance(argument, str) for argument in arguments):
        return UNDEFINED
    texts = [to_string(argument) for argument in arguments]
    return UNDEFINED if UNDEFINED in texts else "".join(texts)


@function("endswith(String, String)", "Whether the first string ends with the second.", text, text)
def endswith(value: str, end: str) -> Any:
    return value.endswith(end)


@function("startswith(String, String)", "Whether the first string begins with the second.", text, text)
def startswith(value: str, start: str) -> Any:
    return value.startswith(start)


@function("indexof(String, String)", "Where the second string begins in the first, from 0.", text, text, new=True)
def indexof(value: str, part: str) -> Any:
    found = value.find(part)
    return UNDEFINED if found < 0 else found


function("length(String)", "The number of characters.", text, new=True)(len)


@function("numbytes(String)", "The number of bytes in UTF-8.", text, new=True)
def numbytes(value: str) -> Any:
    return len(value.encode())


function("lower(String)", "In small letters.", text)(str.lower)
function("upper(String)", "In capital letters.", text)(str.upper)


@function("lpad(String, Int)", "So many spaces (0 to 1000) put before.", text, whole)
def lpad(value: str, count: int) -> Any:
    return " " * max(0, min(count, MAXIMUM_PADDING)) + value


@function("rpad(String, Int)", "So many spaces (0 to 1000) put behind.", text, whole)
def rpad(value: str, count: int) -> Any:
    return value + " " * max(0, min(count, MAXIMUM_PADDING))


@function("ltrim(String)", "Without spaces and tabs at the beginning.", text)
def ltrim(value: str) -> Any:
    return value.lstrip(_BLANKS)


@function("rtrim(String)", "Without spaces and tabs at the end.", text)
def rtrim(value: str) -> Any:
    return value.rstrip(_BLANKS)


@function("trim(String)", "Without spaces and tabs at both ends.", text)
def trim(value: str) -> Any:
    return value.strip(_BLANKS)


@function(
    "replace(String, String, String)", "All occurrences of the second string replaced by the third.", text, text, text
)
def replace(value: str, old: str, new: str) -> Any:
    return value.replace(old, new)


@function("substring(String, Int, [Int])", "From one index to before another, from 0.", text, whole, whole, optional=1)
def substring(value: str, start: int, stop: int | None = None) -> Any:
    start = max(0, min(start, len(value)))
    stop = len(value) if stop is None else max(0, min(stop, len(value)))
    return value[start:stop]


@function("regexp_matches(String, String)", "Whether the string holds a match of a regular expression.", text, text)
def regexp_matches(value: str, expression: str) -> Any:
    pattern = compile_pattern(expression)
    return UNDEFINED if pattern is None else pattern.search(value) is not None


@function("regexp_replace(String, String, String)", "All matches replaced; $1 is the first group.", text, text, text)
def regexp_replace(value: str, expression: str, replacement: str) -> Any:
    pattern = compile_pattern(expression)
    parts = None if pattern is None else _replacement(pattern, replacement)
    if pattern is None or parts is None:
        return UNDEFINED

    def expand(found: Any) -> str:
        return "".join(part if isinstance(part, str) else found.group(part) or "" for part in parts)

    return str(pattern.sub(expand, value))


def _replacement(pattern: Any, text: str) -> list[str | int] | None:
    """Read a replacement as Java does: $1 and ${name} are groups, a backslash takes the next sign as it is."""
    parts: list[str | int] = []
    position = 0
    while position < len(text):
        match = _REPLACEMENT.match(text, position)
        if match is None:
            return None
        position = match.end()
        if match["number"]:
            length = _digits_of_group(match["number"], pattern.groups)
            position = match.start("number") + length
            group = int(match["number"][:length])
        elif match["name"]:
            group = pattern.groupindex.get(match["name"], pattern.groups + 1)
        else:
            parts.append(match["plain"] or match[0])
            continue
        if group > pattern.groups:
            return None
        parts.append(group)
    return parts


def _digits_of_group(digits: str, groups: int) -> int:
    """As many digits belong to a group's number as there are groups for; the first one always does."""
    length = 1
    while length < len(digits) and int(digits[: length + 1]) <= groups:
        length += 1
    return length


@function("regexp_substr(String, String)", "The first match of a regular expression.", text, text)
def regexp_substr(value: str, expression: str) -> Any:
    pattern = compile_pattern(expression)
    found = None if pattern is None else pattern.search(value)
    return UNDEFINED if found is None else found.group(0)


def _declare_hash(name: str) -> None:
    def body(value: str) -> Any:
        return hashlib.new(name, value.encode(), usedforsecurity=False).hexdigest()

    function(f"{name}(String)", f"The {name.upper()} hash, in hexadecimal.", text)(body)


for _name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512"):
    _declare_hash(_name)


@function("md2(String)", "The MD2 hash, in hexadecimal.", text)
def md2(value: str) -> Any:
    return md2_digest(value.encode()).hex()


@raw_function("encode(Any, 'base64')", "A value, or * for the payload, in base64.", new=True, raw=True, fixed=(1,))
def encode(run: Any, *arguments: Any) -> Any:
    if len(arguments) != 2 or arguments[1] != "base64":
        return UNDEFINED
    value = arguments[0]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    found = to_string(value)
    return UNDEFINED if found is UNDEFINED else base64.b64encode(found.encode()).decode()


@raw_function(
    "decode(Any, 'base64')",
    "What a base64 string holds; JSON becomes a value.",
    new=True,
    outside=True,
    raw=True,
    fixed=(1,),
)
def decode(run: Any, *arguments: Any) -> Any:
    if len(arguments) >= 2 and arguments[1] == "proto":
        return _decode_proto(run, *arguments)
    if len(arguments) != 2 or arguments[1] != "base64":
        return UNDEFINED
    found = to_string(arguments[0])
    if found is UNDEFINED:
        return UNDEFINED
    try:
        content = base64.b64decode(found, validate=True)
    except ValueError:
        return None
    parsed = parse_json(content)
    if parsed is not UNDEFINED:
        return parsed
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _decode_proto(run: Any, *arguments: Any) -> Any:
    if len(arguments) != 6 or not all(isinstance(argument, str) for argument in arguments[2:]):
        raise FunctionFailed("decode(…, 'proto', …) takes a bucket, a key, a file name and a message type")
    value = arguments[0]
    try:
        content = value if isinstance(value, bytes) else base64.b64decode(str(to_string(value)), validate=True)
    except ValueError:
        raise FunctionFailed("decode(…, 'proto', …): the value is not base64") from None
    return run.environment.ports.decode_proto(content, *arguments[2:])
