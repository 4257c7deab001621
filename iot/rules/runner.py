"""Runs rules: finds those that a message concerns, evaluates them, and hands their actions on.

Rules are found by a tree of their FROM filters, and what was found for a topic is remembered, so that the cost follows
the rules that match. A message is parsed at most once. Rules that ask services are evaluated in a thread; all others
at once, in the order of the messages. A message is held until the last of its actions is done or kept for a retry.
"""

import asyncio
import logging
import random
import time
import uuid
from collections.abc import Iterable

from iot.bridge.client import Delivery
from iot.core.arn import Scope
from iot.core.filter_tree import FilterTree
from iot.core.sql import Environment, FunctionFailed, Input, RuleError
from iot.core.topic import RULES_PREFIX
from iot.rules.action import Fired
from iot.rules.aws import AwsClients
from iot.rules.firing import Firing
from iot.rules.performer import Performer
from iot.rules.ports import AllPorts
from iot.rules.rule import Rule
from iot.services.call import call

log = logging.getLogger(__name__)

REMEMBERED_TOPICS = 10_000


class Runner:
    """The enabled rules of a scope. `load` replaces them, `replace` one of them; calling it runs them for a message."""

    def __init__(self, performer: Performer, environment: Environment) -> None:
        self._performer = performer
        self._environment = environment
        self._rules: dict[str, Rule] = {}
        self._tree: FilterTree[Rule] = FilterTree()
        self._found: dict[str, list[Rule]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def filters(self) -> set[str]:
        """The FROM filters of all rules."""
        return {rule.statement.topic_filter for rule in self._rules.values() if rule.statement.topic_filter}

    @property
    def rules(self) -> dict[str, Rule]:
        return self._rules

    def load(self, rules: Iterable[Rule]) -> None:
        """Run these rules and no others."""
        wanted = {rule.name: rule for rule in rules}
        for name in self._rules.keys() - wanted.keys():
            self.replace(name, None)
        for name, rule in wanted.items():
            self.replace(name, rule)

    def replace(self, name: str, rule: Rule | None) -> None:
        """Run a rule in the place of the one of its name; None runs none."""
        old = self._rules.pop(name, None)
        if old is not None:
            self._performer.settle(old)
            if old.statement.topic_filter:
                self._tree.remove(old.statement.topic_filter, old)
        if rule is not None:
            self._rules[name] = rule
            if rule.statement.topic_filter:
                self._tree.add(rule.statement.topic_filter, rule)
        self._found.clear()

    def __call__(self, delivery: Delivery) -> None:
        message = delivery.message
        topic = message.topic
        found = self._found.get(topic)
        if found is None:
            if topic.startswith(RULES_PREFIX):
                self._ingest(topic, delivery)
                return
            found = self._tree.find(topic)
            if len(self._found) >= REMEMBERED_TOPICS:
                self._found.clear()
            self._found[topic] = found
        if found:
            self._run(found, Input(message), delivery)

    def _ingest(self, topic: str, delivery: Delivery) -> None:
        """Basic Ingest: the topic names the rule, whose FROM is not asked."""
        name, _, rest = topic[len(RULES_PREFIX) :].partition("/")
        rule = self._rules.get(name)
        if rule is None:
            self._performer.unknown_rule(name, delivery.message)
            return
        self._run([rule], Input(delivery.message, rest), delivery)

    def _run(self, rules: list[Rule], source: Input, delivery: Delivery) -> None:
        trace: str | None = None
        for rule in rules:
            if rule.asks_outside:
                delivery.hold()
                task = asyncio.get_running_loop().create_task(self._run_outside(rule, source, delivery))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                continue
            fired = self._evaluate(rule, source, trace)
            if fired is not None and rule.actions:
                trace = fired.run.trace or trace
                self._performer.perform(rule, fired, delivery)
                trace = fired.run.trace or trace

    async def _run_outside(self, rule: Rule, source: Input, delivery: Delivery) -> None:
        try:
            firing = await call(self._prepare_outside, rule, source, delivery)
            if firing is not None:
                self._performer.start(firing)
        except Exception:
            log.exception("The rule %s could not be run", rule.name)
        finally:
            delivery.release()

    def _prepare_outside(self, rule: Rule, source: Input, delivery: Delivery) -> Firing | None:
        fired = self._evaluate(rule, source, None)
        return None if fired is None or not rule.actions else self._performer.prepare(rule, fired, delivery)

    def _evaluate(self, rule: Rule, source: Input, trace: str | None) -> Fired | None:
        counts = rule.counts
        counts["TopicMatch"] = counts.get("TopicMatch", 0) + 1
        try:
            run = rule.statement.evaluate(source, self._environment, trace=trace)
        except (RuleError, FunctionFailed) as error:
            self._performer.evaluation_failed(rule, source, str(error))
            return None
        except Exception as error:
            log.exception("The rule %s failed", rule.name)
            self._performer.evaluation_failed(rule, source, f"{type(error).__name__}: {error}")
            return None
        if not run.matched:
            return None
        counts["RulesExecuted"] = counts.get("RulesExecuted", 0) + 1
        return Fired(rule.name, run, run.output)


def environment(scope: Scope, aws: AwsClients) -> Environment:
    """The world as rules see it: the clock, chance, and the services that functions ask."""
    return Environment(
        clock=lambda: time.time_ns() // 1_000_000,
        uuid=lambda: str(uuid.uuid4()),
        random=random.random,
        account=scope.account,
        ports=AllPorts(scope, aws),
    )
