"""Signatures of access keys, in every form that clients send."""

from typing import Any

import pytest

from iot.core.policy.variables import make_context
from iot.gateway.authenticate import NotAuthenticated
from iot.gateway.keys import Keys, SignedRequest
from iot.services import access
from iot.services.call import call
from tests.gateway.conftest import SCOPE
from tests.gateway.test_http import make_key
from tests.gateway.web import presigned_target, signed_headers

pytestmark = pytest.mark.django_db(transaction=True)


def by_query(key: tuple[str, str], *, host: str = "localhost:8443", **options: Any) -> SignedRequest:
    path, _, query = presigned_target(key, "wss://localhost:8443/mqtt", **options).partition("?")
    return SignedRequest("GET", path, query, {"host": host})


async def test_a_query_is_signed_with_and_without_a_token() -> None:
    key, keys = await make_key(), Keys(SCOPE.account)
    for token in ("", "abc"):
        admitted = await keys.admit(by_query(key, token=token))
        assert admitted.principal.id == key[0]
        assert admitted.seconds == 86_400


async def test_a_signed_host_may_lack_its_port() -> None:
    key = await make_key()
    path, _, query = presigned_target(key, "wss://localhost/mqtt").partition("?")
    request = SignedRequest("GET", path, query, {"host": "localhost:8443"})
    assert request.is_signed
    assert (await Keys(SCOPE.account).admit(request)).principal.id == key[0]


async def test_the_host_itself_is_signed() -> None:
    with pytest.raises(NotAuthenticated):
        await Keys(SCOPE.account).admit(by_query(await make_key(), host="elsewhere:8443"))


@pytest.mark.parametrize("account", ["123456789012", "999999999999"])
async def test_a_key_counts_in_its_own_account(account: str) -> None:
    key, keys = await make_key(), Keys(account)
    headers = signed_headers(key, "POST", "https://localhost/topics/a", body=b"x")
    request = SignedRequest("POST", "/topics/a", "", headers, b"x")
    if account == SCOPE.account:
        assert (await keys.admit(request)).principal.id == key[0]
    else:
        with pytest.raises(NotAuthenticated, match="this account"):
            await keys.admit(request)


async def test_an_unknown_key_and_an_old_signature_are_refused() -> None:
    with pytest.raises(NotAuthenticated, match="token included"):
        await Keys(SCOPE.account).admit(by_query(("AKIAUNKNOWN", "x")))
    request = by_query(await make_key(), expires=300)
    old = SignedRequest("GET", request.path, request.query.replace("X-Amz-Expires=300", "X-Amz-Expires=0"), {})
    with pytest.raises(NotAuthenticated):
        await Keys(SCOPE.account).admit(old)
    assert not SignedRequest("GET", "/mqtt", "", {}).is_signed


async def test_a_key_is_remembered_for_a_moment_unless_it_changes() -> None:
    key, keys = await make_key(), Keys(SCOPE.account)
    assert await keys.find(key[0]) is not None
    await call(access.set_access_key_active, SCOPE.account, key[0], active=False)
    assert await keys.find(key[0]) is not None
    keys.forget(key[0])
    assert await keys.find(key[0]) is None


async def test_a_keys_own_policy_and_its_role_both_bind() -> None:
    policy = '{"Statement":[{"Effect":"Allow","Action":["iot:Publish","iot:Connect"],"Resource":"*"}]}'
    keys = Keys(SCOPE.account)

    async def may(role: str, policy: str, action: str) -> bool:
        key = await make_key(role, policy)
        identity = await keys.find(key[0])
        assert identity is not None
        return keys.principal(key[0], identity).policies.decide(action, "x", make_context()).allowed

    assert await may("operator", policy, "iot:Publish")
    assert not await may("viewer", policy, "iot:Publish")
    assert await may("admin", "", "iot:DeleteThingShadow")
