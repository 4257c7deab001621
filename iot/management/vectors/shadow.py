"""Runs one shadow vector: a sequence of requests to the shadows of a thing, held in memory."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from iot.core.shadow import responses
from iot.core.shadow.document import Document

NOW = 1_700_000_000
_Key = tuple[str, str]


@dataclass
class Shadows:
    """The shadows that exist, and the last versions of those that were deleted."""

    documents: dict[_Key, Document] = field(default_factory=dict)
    deleted: dict[_Key, int] = field(default_factory=dict)

    def run(self, operation: str, key: _Key, request: bytes) -> dict[str, Any]:
        """Carry a request out; answer its messages by name."""
        stored = self.documents.get(key)
        if operation == "list":
            return {"accepted": {"results": [name for thing, name in self.documents if thing == key[0] and name]}}
        if operation == "update":
            updated = responses.update(stored, request, NOW, last_version=self.deleted.get(key, 0))
            if isinstance(updated, responses.Rejected):
                return {"rejected": json.loads(updated.body)}
            self.documents[key] = updated.document
            delta = None if updated.delta is None else json.loads(updated.delta)
            documents = json.loads(updated.documents)
            return {"accepted": json.loads(updated.accepted), "delta": delta, "documents": documents}
        answer = (responses.get if operation == "get" else responses.delete)(
            stored, request, NOW, shadow_name=key[1] or key[0]
        )
        if isinstance(answer, responses.Rejected):
            return {"rejected": json.loads(answer.body)}
        if operation == "delete":
            self.deleted[key] = self.documents.pop(key).version
        return {"accepted": json.loads(answer.accepted)}


def handles(case: dict[str, Any]) -> bool:
    """Say whether a case is a shadow vector."""
    return "steps" in case


def failure(case: dict[str, Any]) -> str | None:
    """Run a case; answer None if it passed, else what was expected and what came."""
    shadows = Shadows()
    for number, step in enumerate(case["steps"], 1):
        key = (step.get("thing", case.get("thing", "thing")), step.get("shadow", case.get("shadow", "")) or "")
        got = shadows.run(step["op"], key, _request(step))
        if not _fits(step.get("expect", {}), got):
            return f"step {number}: expected {json.dumps(step['expect'])}, got {json.dumps(got)}"
    return None


def _request(step: dict[str, Any]) -> bytes:
    if "payload_base64" in step:
        return base64.b64decode(step["payload_base64"])
    if "payload_raw" in step:
        return str(step["payload_raw"]).encode()
    payload = step.get("payload")
    if "payload_repeat" in step:
        payload = json.loads(json.dumps(payload))
        repeat, target = step["payload_repeat"], payload
        *path, last = repeat["path"].split(".")
        for name in path:
            target = target[name]
        target[last] = repeat["char"] * repeat["count"]
    return b"" if payload is None else json.dumps(payload).encode()


def _fits(expect: dict[str, Any], got: dict[str, Any]) -> bool:
    return all(_CHECKS[name](wanted, got) for name, wanted in expect.items() if name in _CHECKS)


def _accepted(wanted: dict[str, Any], got: dict[str, Any]) -> bool:
    if "accepted" not in got:
        return False
    if "results" in wanted:
        return set(wanted["results"]) == set(got["accepted"]["results"])
    return _holds(wanted, got["accepted"])


def _rejected(wanted: dict[str, Any], got: dict[str, Any]) -> bool:
    return "rejected" in got and _holds(wanted, got["rejected"])


def _version(wanted: int, got: dict[str, Any]) -> bool:
    return bool(got.get("accepted", {}).get("version") == wanted)


def _version_above(wanted: int, got: dict[str, Any]) -> bool:
    return bool(got.get("accepted", {}).get("version", 0) > wanted)


def _delta(wanted: dict[str, Any] | None, got: dict[str, Any]) -> bool:
    message = got.get("delta")
    return message is None if wanted is None else message is not None and _equal(wanted, message["state"])


def _message(name: str) -> Any:
    return lambda wanted, got: got.get(name) is not None and _holds(wanted, got[name])


_CHECKS: dict[str, Any] = {
    "accepted": _accepted,
    "rejected": _rejected,
    "version": _version,
    "version_gt": _version_above,
    "delta": _delta,
    "delta_message": _message("delta"),
    "documents": _message("documents"),
}


def _holds(wanted: dict[str, Any], got: dict[str, Any]) -> bool:
    """Compare the listed keys; a `state` must be equal, a timestamp may be anything."""
    return all(
        name in got
        and (
            _equal(value, got[name])
            if name == "state" or not isinstance(value, dict)
            else isinstance(got[name], dict) and _holds(value, got[name])
        )
        for name, value in wanted.items()
        if name != "timestamp" or name in got
    )


def _equal(wanted: Any, got: Any) -> bool:
    if wanted == "*":
        return True
    if isinstance(wanted, dict) and isinstance(got, dict):
        return wanted.keys() == got.keys() and all(_equal(value, got[key]) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(got, list):
        return len(wanted) == len(got) and all(map(_equal, wanted, got))
    return bool(wanted == got) and isinstance(wanted, bool) is isinstance(got, bool)
