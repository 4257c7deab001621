"""What a device may do, by the policies in force for it and the gateway's own evaluation."""

from dataclasses import dataclass

from iot.core.arn import Scope
from iot.core.policy.document import compile_policy
from iot.core.policy.evaluate import Decision, PolicySet
from iot.core.policy.grants import Grant, grants
from iot.core.policy.variables import Context
from iot.services import authorization
from iot.services.simulations import KINDS


@dataclass(frozen=True, slots=True)
class Permissions:
    """The policies in force on a connection and the values of their variables there."""

    scope: Scope
    policies: PolicySet
    context: Context

    def of(self, action: str) -> tuple[Grant, ...]:
        """Say what is granted and denied for an action of `simulations.KINDS`, denials first."""
        kind = KINDS[action]
        return grants(self.policies, action, lambda name: self.scope.arn(kind, name), self.context)

    def decide(self, action: str, name: str) -> Decision:
        """Decide an action on a client id, topic, filter or thing."""
        return self.policies.decide(action, self.scope.arn(KINDS[action], name), self.context)


def permissions(scope: Scope, *, principal: str, client_id: str, thing_name: str = "") -> Permissions:
    """Gather what is in force for a principal that connects under a client id, or for a thing that has none."""
    held = authorization.effective_policies(scope, principal=principal or None, thing_name=thing_name or None)
    compiled = [compile_policy(document, row.name) for row, document in held]
    context = authorization.connection_context(scope, principal or None, client_id)
    return Permissions(scope, PolicySet(compiled), context)
