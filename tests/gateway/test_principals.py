"""Principals in memory: loaded once, together, and anew when something has changed."""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from iot.core.policy.variables import make_context
from iot.gateway import principals as module
from iot.gateway.principals import Principal, Principals, make_principal, policy_set, thing_facts
from iot.services import pki
from iot.services.gateway_principals import AttachedThing, PrincipalRecord
from tests.gateway.conftest import SCOPE, until

PEM = ""


@pytest.fixture(autouse=True)
def _pem(authority: Any) -> None:
    global PEM
    PEM = PEM or pki.issue_device_certificate(authority, ec.generate_private_key(ec.SECP256R1()).public_key())


def record(certificate_id: str, **changes: Any) -> PrincipalRecord:
    now = datetime.now(UTC)
    given: dict[str, Any] = {
        "certificate_id": certificate_id,
        "pem": PEM,
        "active": True,
        "not_before": now - timedelta(days=1),
        "not_after": now + timedelta(days=1),
        "documents": (("p", "{}"),),
        "things": (),
        "groups": frozenset(),
    }
    return PrincipalRecord(**{**given, **changes})


class Registry:
    """The rows, and how often they were read."""

    def __init__(self) -> None:
        self.rows: dict[str, PrincipalRecord] = {}
        self.loads: list[list[str]] = []
        self.before: Callable[[], None] | None = None
        self.failures = 0

    async def read(self, scope: object, certificate_ids: list[str]) -> dict[str, PrincipalRecord]:
        await asyncio.sleep(0)
        self.loads.append(list(certificate_ids))
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the database is away")
        found = {one: self.rows[one] for one in certificate_ids if one in self.rows}
        if self.before is not None:
            action, self.before = self.before, None
            action()
        return found


@pytest.fixture
def registry() -> Registry:
    return Registry()


class Live:
    def __init__(self, registry: Registry) -> None:
        self.names: set[str] = set()
        self.changes: list[tuple[str, Principal | None]] = []
        self.principals = Principals(SCOPE, self.names.__contains__, self.changed, registry.read)

    def changed(self, certificate_id: str, principal: Principal | None) -> None:
        self.changes.append((certificate_id, principal))


async def test_a_principal_is_read_once(registry: Registry) -> None:
    live = Live(registry)
    registry.rows["a"] = record("a")
    first = await live.principals.find("a")
    assert first is not None
    assert await live.principals.find("a") is first
    assert registry.loads == [["a"]]
    assert live.principals.is_current(first)


async def test_those_that_come_together_are_read_together(registry: Registry) -> None:
    live = Live(registry)
    registry.rows = {name: record(name) for name in "abcdef"}
    found = await asyncio.gather(*(live.principals.find(name) for name in "abcdef"), live.principals.find("a"))
    assert all(found)
    assert len(registry.loads) <= 2


@pytest.mark.parametrize(
    "changes",
    [
        {"active": False},
        {"not_after": datetime.now(UTC) - timedelta(days=1)},
        {"not_before": datetime.now(UTC) + timedelta(days=1)},
    ],
)
async def test_one_that_may_not_connect_is_none(registry: Registry, changes: dict[str, Any]) -> None:
    live = Live(registry)
    registry.rows["a"] = record("a", **changes)
    assert await live.principals.find("a") is None
    assert await live.principals.find("unknown") is None


@pytest.mark.parametrize(
    ("kind", "name", "touched"),
    [
        ("certificates", "a", True),
        ("certificates", "b", False),
        ("policies", "p", True),
        ("policies", "q", False),
        ("groups", "g", True),
        ("groups", "h", False),
        ("things", "t", True),
        ("things", "u", False),
        ("rules", "a", False),
    ],
)
async def test_a_notice_drops_whom_it_touches(registry: Registry, kind: str, name: str, touched: bool) -> None:
    live = Live(registry)
    thing = AttachedThing("t", None, (), exclusive=False)
    registry.rows["a"] = record("a", things=(thing,), groups=frozenset({"g"}))
    first = await live.principals.find("a")
    assert first is not None
    live.principals.apply(kind, name)
    assert live.principals.is_current(first) is not touched
    assert live.changes == []


async def test_live_ones_are_read_again_and_told_of(registry: Registry) -> None:
    live = Live(registry)
    live.names |= {"a", "b"}
    registry.rows = {"a": record("a"), "b": record("b")}
    await asyncio.gather(live.principals.find("a"), live.principals.find("b"))
    registry.rows = {"a": record("a", documents=())}
    live.principals.reload_all()
    await until(lambda: len(live.changes) == 2)
    found = dict(live.changes)
    assert found["b"] is None
    assert found["a"] is not None
    assert found["a"].policy_names == frozenset()


async def test_a_read_that_a_change_overtook_is_made_again(registry: Registry) -> None:
    live = Live(registry)
    registry.rows["a"] = record("a")

    def change() -> None:
        registry.rows["a"] = record("a", active=False)
        live.principals.apply("certificates", "a")

    registry.before = change
    assert await live.principals.find("a") is None
    assert len(registry.loads) == 2


async def test_a_failed_read_is_the_callers_to_know(registry: Registry) -> None:
    live = Live(registry)
    registry.failures = 1
    with pytest.raises(RuntimeError):
        await live.principals.find("a")
    registry.rows["a"] = record("a")
    assert await live.principals.find("a") is not None


async def test_a_failed_reload_of_live_ones_is_tried_again(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    live = Live(registry)
    live.names.add("a")
    registry.rows["a"] = record("a")
    await live.principals.find("a")
    registry.failures = 2
    live.principals.apply("certificates", "a")
    await until(lambda: live.changes)
    assert live.changes[0][1] is not None


async def test_one_whose_certificate_runs_out_is_told_of(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    live = Live(registry)
    live.names.add("a")
    registry.rows["a"] = record("a")
    assert await live.principals.find("a") is not None
    later = time.time() + 2 * 86_400
    monkeypatch.setattr(time, "time", lambda: later)
    assert await live.principals.find("a") is None
    live.principals.forget_expired()
    assert live.changes == [("a", None)]


async def test_those_without_connections_are_forgotten_first(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    live = Live(registry)
    live.names.add("a")
    registry.rows = {name: record(name) for name in "abcd"}
    for name in "abcd":
        await live.principals.find(name)
    assert list(live.principals._held) == ["a", "c", "d"]


def test_the_thing_of_a_connection_is_the_exclusive_one_or_its_namesake() -> None:
    things = (AttachedThing("x", "kind", (("k", "v"),), exclusive=False),)
    principal = make_principal(record("a", things=things))
    assert principal.thing_for("x") == things[0]
    assert principal.thing_for("y") is None
    exclusive = (AttachedThing("z", None, (), exclusive=True),)
    assert make_principal(record("a", things=exclusive)).thing_for("y") == exclusive[0]
    facts = thing_facts(things[0])
    assert facts is not None
    assert (facts.name, facts.type_name, facts.attributes, facts.exclusive) == ("x", "kind", {"k": "v"}, False)
    assert thing_facts(None) is None


def test_equal_policies_are_compiled_once_and_broken_ones_allow_nothing() -> None:
    text = json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    assert policy_set((("p", text),)) is policy_set((("p", text),))
    broken = policy_set((("p", "no json"),))
    assert not broken.decide("iot:Connect", "x", make_context()).allowed
