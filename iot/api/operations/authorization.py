"""Which policies apply, and what they decide."""

from typing import Any

from iot.api.registry import Answer, Caller, operation
from iot.services import authorization


@operation("GetEffectivePolicies")
def get_effective_policies(
    caller: Caller,
    *,
    principal: str | None = None,
    cognito_identity_pool_id: str | None = None,
    thing_name: str | None = None,
) -> Answer:
    found = authorization.effective_policies(caller.scope, principal=principal, thing_name=thing_name)
    return {
        "effectivePolicies": [
            {"policyName": row.name, "policyArn": row.arn, "policyDocument": document} for row, document in found
        ]
    }


@operation("TestAuthorization")
def test_authorization(
    caller: Caller,
    *,
    auth_infos: list[dict[str, Any]],
    principal: str | None = None,
    cognito_identity_pool_id: str | None = None,
    client_id: str | None = None,
    policy_names_to_add: list[str] | None = None,
    policy_names_to_skip: list[str] | None = None,
) -> Answer:
    results = authorization.test_authorization(
        caller.scope,
        auth_infos=auth_infos,
        principal=principal,
        client_id=client_id,
        policy_names_to_add=policy_names_to_add or (),
        policy_names_to_skip=policy_names_to_skip or (),
    )
    return {"authResults": results}
