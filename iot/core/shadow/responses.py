"""Requests to a shadow and the messages that answer them: accepted, rejected, delta and documents.

Bytes in, bytes out. Each function takes the stored document (None where there is none) and answers an outcome; the
caller stores the outcome's document and publishes its messages. Times are whole epoch seconds.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from iot.core.shadow.document import (
    MAXIMUM_TOKEN_BYTES,
    SECTIONS,
    VERSION_KEPT_SECONDS,
    Document,
    Limits,
    Tree,
    apply,
    difference,
    dump,
    fits,
    holds_null_in_array,
    spell_times,
    too_deep,
)

DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A refusal: an HTTP status as `code`, AWS's text, and the body of the rejected message."""

    code: int
    message: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Updated:
    """An accepted update: the new document and the messages it causes; no delta where nothing differs.

    `text` is the document as `dump` writes it, `state` what the request named; None for a state of null.
    """

    document: Document
    text: bytes
    state: Tree | None
    accepted: bytes
    delta: bytes | None
    documents: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """An accepted get or delete."""

    accepted: bytes


class _Refusal(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def update(
    stored: Document | None, request: bytes, now: int, *, last_version: int = 0, limits: Limits = DEFAULT_LIMITS
) -> Updated | Rejected:
    """Apply an update request; `last_version` is that of a shadow deleted less than 48 hours ago."""
    token = None
    try:
        body = _parse(request)
        token = _token(body)
        state = _state(body, limits)
        before = stored if stored is not None else Document(version=last_version)
        _check_version(body, before)
        after = apply(before, state, now)
        text = dump(after)
        if not fits(after, text, limits.document_bytes):
            raise _Refusal(413, "The payload exceeds the maximum size allowed")
    except _Refusal as refusal:
        return reject(refusal.code, refusal.message, now, token)
    return Updated(
        after,
        text,
        state,
        _accepted(after, state, token, now),
        _delta(after, token, now),
        _documents(stored, after, token, now),
    )


def get(stored: Document | None, request: bytes, now: int, *, shadow_name: str = "") -> Answered | Rejected:
    """Answer the whole document, with its delta."""
    token = token_of(request)
    if stored is None:
        return reject(404, missing(shadow_name), now, token)
    state, metadata = stored.state, stored.metadata
    delta, _ = difference(stored.desired, stored.reported, stored.desired_times)
    if delta:
        state["delta"] = delta
    return Answered(_body(token, state=state, metadata=metadata, version=stored.version, timestamp=now))


def delete(stored: Document | None, request: bytes, now: int, *, shadow_name: str = "") -> Answered | Rejected:
    """Answer a deletion with the version of what is deleted; the content of the request is ignored."""
    token = token_of(request)
    if stored is None:
        return reject(404, missing(shadow_name), now, token)
    return Answered(_body(token, version=stored.version, timestamp=now))


def reject(code: int, message: str, now: int, token: str | None = None) -> Rejected:
    """Make a refusal."""
    return Rejected(code, message, _body(token, code=code, message=message, timestamp=now))


def missing(shadow_name: str) -> str:
    """Answer AWS's text for a shadow that does not exist."""
    return f"No shadow exists with name: '{shadow_name}'"


def surviving_version(version: int, deleted_at: float, now: float) -> int:
    """Answer the version that a shadow deleted at a time goes on from: its own for 48 hours, then 0."""
    return version if now - deleted_at < VERSION_KEPT_SECONDS else 0


def token_of(request: bytes) -> str | None:
    """Read the client token of a request whose content does not matter otherwise."""
    try:
        body = orjson.loads(request)
        return _token(body) if isinstance(body, dict) else None
    except (orjson.JSONDecodeError, _Refusal):
        return None


def _parse(request: bytes) -> Tree:
    try:
        body = orjson.loads(request)
    except orjson.JSONDecodeError:
        raise _unreadable(request) from None
    if not isinstance(body, dict):
        raise _Refusal(400, "Invalid JSON")
    return body


def _unreadable(request: bytes) -> _Refusal:
    try:
        request.decode()
    except UnicodeDecodeError:
        return _Refusal(415, "Unsupported documented encoding; supported encoding is UTF-8")
    return _Refusal(400, "Invalid JSON")


def _token(body: Tree) -> str | None:
    token = body.get("clientToken")
    if token is None:
        return None
    if not isinstance(token, str) or len(token.encode()) > MAXIMUM_TOKEN_BYTES:
        raise _Refusal(400, "Invalid clientToken")
    return token


def _state(body: Tree, limits: Limits) -> Tree | None:
    if "state" not in body:
        raise _Refusal(400, "Missing required node: state")
    state = body["state"]
    if state is None:
        return None
    if not isinstance(state, dict):
        raise _Refusal(400, "State node must be an object")
    found = {name: state[name] for name in SECTIONS if name in state}
    for name, section in found.items():
        if section is None:
            continue
        if not isinstance(section, dict):
            raise _Refusal(400, f"{name.capitalize()} node must be an object")
        if too_deep(section, limits.depth):
            raise _Refusal(400, f"JSON contains too many levels of nesting; maximum is {limits.depth}")
        if holds_null_in_array(section):
            raise _Refusal(400, "State contains an invalid node")
    return found


def _check_version(body: Tree, before: Document) -> None:
    version = body.get("version")
    if version is None:
        return
    if isinstance(version, bool) or not isinstance(version, int):
        raise _Refusal(400, "Invalid version")
    if version != before.version:
        raise _Refusal(409, "Version conflict")


def _accepted(after: Document, state: Tree | None, token: str | None, now: int) -> bytes:
    if state is None:
        return _body(token, state=None, metadata={"timestamp": now}, version=after.version, timestamp=now)
    metadata = {name: _touched(section, now) for name, section in state.items() if section is not None}
    return _body(token, state=state, metadata=metadata, version=after.version, timestamp=now)


def _touched(change: Any, now: int) -> Any:
    """The times of what a request has set; what it removes has none."""
    if not isinstance(change, dict):
        return spell_times(change, now)
    return {
        key: _touched(value, now) if isinstance(value, dict | list) else {"timestamp": now}
        for key, value in change.items()
        if value is not None
    }


def _delta(after: Document, token: str | None, now: int) -> bytes | None:
    delta, times = difference(after.desired, after.reported, after.desired_times)
    if not delta:
        return None
    return _body(token, version=after.version, timestamp=now, state=delta, metadata=times)


def _documents(before: Document | None, after: Document, token: str | None, now: int) -> bytes:
    previous = None if before is None else _whole(before)
    return _body(token, previous=previous, current=_whole(after), timestamp=now)


def _whole(document: Document) -> Tree:
    return {"state": document.state, "metadata": document.metadata, "version": document.version}


def _body(token: str | None, **members: Any) -> bytes:
    if token is not None:
        members["clientToken"] = token
    return orjson.dumps(members)
