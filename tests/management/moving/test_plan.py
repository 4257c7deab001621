"""Plans: what is missing, what differs, what cannot come along; and carrying one out between two regions."""

from typing import Any

from iot.management.moving import inventory, plan
from iot.management.moving.inventory import Endpoint, Inventory
from iot.management.moving.plan import CANNOT, CREATE, DIFFERS, SAME, Step
from tests.management.elsewhere import fill_clients


def same(text: str) -> str:
    return text


def actions(source: Inventory, target: Inventory) -> list[tuple[str, Any, str, str]]:
    return [(step.kind, step.name, step.action, step.note) for step in plan.make_plan(source, target, same)]


def test_a_plan_says_what_is_missing_equal_and_different() -> None:
    thing: dict[str, Any] = {"attributes": {"a": "1"}, "thingTypeName": None}
    source = Inventory(things={"new": thing, "same": thing, "other": thing})
    target = Inventory(things={"same": {**thing, "thingTypeName": ""}, "other": {**thing, "attributes": {}}})
    assert actions(source, target) == [
        ("things", "new", CREATE, ""),
        ("things", "same", SAME, ""),
        ("things", "other", DIFFERS, "attributes"),
    ]


def test_it_says_what_cannot_come_along() -> None:
    source = Inventory(groups={"dynamic": {"queryString": "*"}}, certificates={"f": {"status": "PENDING_TRANSFER"}})
    assert [(kind, action) for kind, _, action, _ in actions(source, Inventory())] == [
        ("groups", CANNOT),
        ("certificates", CANNOT),
    ]


def test_shadows_are_compared_by_their_state() -> None:
    one, other = ({"payload": f'{{"state": {{"desired": {{"a": 1}}}}, "version": {version}}}'} for version in (1, 7))
    assert actions(Inventory(shadows={("t", ""): one}), Inventory(shadows={("t", ""): other}))[0][2] == SAME


def read(endpoint: Endpoint) -> Inventory:
    return inventory.read(endpoint, told=lambda kind, count: None)


def test_a_plan_is_carried_out_and_leaves_nothing_to_do(sides: tuple[Endpoint, Endpoint]) -> None:
    source, target = sides
    fill_clients(source.iot, source.data, "a")
    source.iot.deprecate_thing_type(thingTypeName="a-type")
    rewrite = plan.rewriter(source, target)
    held = read(source)
    steps = plan.make_plan(held, read(target), rewrite)
    failed: list[tuple[Step, str]] = []
    done: list[Step] = []

    def told(step: Step, error: str | None) -> None:
        done.append(step)
        if error:
            failed.append((step, error))

    assert plan.carry_out(steps, held, target, rewrite, told=told) == 0, failed
    assert len(done) == len(steps)
    document = target.iot.get_policy(policyName="a-policy")["policyDocument"]
    assert "arn:aws:iot:eu-west-1:123456789012:topic/" in document
    assert {step.action for step in plan.make_plan(held, read(target), rewrite)} == {SAME}


def test_what_an_interrupted_run_left_unattached_is_attached_by_the_next(sides: tuple[Endpoint, Endpoint]) -> None:
    source, target = sides
    fill_clients(source.iot, source.data, "a")
    held, rewrite = read(source), plan.rewriter(source, target)
    steps = plan.make_plan(held, read(target), rewrite)
    bare = [step for step in steps if step.kind in ("types", "policies", "certificates", "things")]
    assert plan.carry_out(bare, held, target, rewrite, told=lambda step, error: None) == 0
    rest = plan.make_plan(held, read(target), rewrite)
    assert {step.kind for step in rest if step.action == CREATE} == {
        "groups",
        "rules",
        "shadows",
        "principals",
        "certificate_policies",
        "members",
    }
    assert plan.carry_out(rest, held, target, rewrite, told=lambda step, error: None) == 0
    assert {step.action for step in plan.make_plan(held, read(target), rewrite)} == {SAME}


def test_what_fails_is_told_and_the_rest_is_done(sides: tuple[Endpoint, Endpoint]) -> None:
    source, target = sides
    source.iot.create_thing(thingName="good")
    held = read(source)
    held.things["bad"] = {"attributes": {}, "thingTypeName": "nowhere"}
    told: dict[str, str | None] = {}
    steps = plan.make_plan(held, read(target), same)
    failures = plan.carry_out(steps, held, target, same, told=lambda step, error: told.update({step.name: error}))
    assert failures == 1
    assert told["good"] is None
    assert "ResourceNotFoundException" in str(told["bad"])
