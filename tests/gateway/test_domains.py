"""Domain configurations at work: whom a domain lets in, by which name of the server, and with which certificate."""

import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from iot.core.arn import Scope
from iot.gateway.domains import HTTPS, MQTT, WEBSOCKET, Domain, Domains
from iot.gateway.stream import Peer
from iot.services import domain_configurations, gateway_domains
from iot.services.call import call
from iot.services.gateway_domains import DomainRecord
from tests.gateway.conftest import SCOPE, Cloud, Function, make_authorizer, until
from tests.gateway.raw import Raw, client_context, connect, dial, open_stream
from tests.gateway.web import Browser

HOST = "iot.example.com"
ACM = "arn:aws:acm:us-east-1:123456789012:certificate/1"
OpenCloud = Callable[..., Awaitable[Cloud]]
GATE = {"authorizerConfig": {"defaultAuthorizerName": "gate"}}


async def configure(cloud: Cloud, **settings: Any) -> None:
    """Make a domain and wait until the gateway acts by it."""
    await call(
        domain_configurations.create_domain_configuration,
        SCOPE,
        name="mine",
        domain_name=HOST,
        service_type="DATA",
        settings={"serverCertificateArns": [ACM], **settings},
    )
    await until(lambda: cloud.gateway._domains.certificate(HOST))


async def update(**settings: Any) -> None:
    status = settings.pop("status", None)
    await call(domain_configurations.update_domain_configuration, SCOPE, name="mine", settings=settings, status=status)


async def stranger(cloud: Cloud) -> Raw:
    return await dial(cloud.https_port, client_context(cloud.directory / "ca.pem"), server_name=HOST)


async def code(raw: Raw, client_id: str, **options: Any) -> int | None:
    """Connect and answer CONNACK's code, or None where the connection was ended without one."""
    answer = await raw.connect(client_id, **options)
    return None if answer is None else answer.body[1]


async def test_a_domain_shows_its_own_certificate(cloud: Cloud) -> None:
    await configure(cloud)
    credentials = await cloud.certificate()
    for port in (cloud.port, cloud.https_port):
        raw = await dial(port, credentials.context, server_name=HOST)
        shown = raw.writer.get_extra_info("peercert")
        assert shown["subjectAltName"] == (("DNS", HOST),)
        assert await code(raw, f"own-{port}") == 0


async def test_a_certificate_that_the_owner_puts_there_is_shown_from_then_on(cloud: Cloud) -> None:
    await configure(cloud)
    path = cloud.gateway._domains.certificate(HOST)
    assert path is not None
    path.write_text("nothing that could be read")
    with pytest.raises(ssl.SSLCertVerificationError):
        await dial(cloud.port, (await cloud.certificate()).context, server_name=HOST)
    path.unlink()
    await cloud.gateway._domains.reload()
    assert await code(await dial(cloud.port, (await cloud.certificate()).context, server_name=HOST), "again") == 0


async def test_a_disabled_domain_lets_nobody_in(cloud: Cloud) -> None:
    await configure(cloud)
    await update(status="DISABLED")
    await until(lambda: not getattr(cloud.gateway._domains.find(HOST), "is_enabled", True))
    raw = await dial(cloud.port, (await cloud.certificate()).context, server_name=HOST)
    assert await code(raw, "late") is None
    await until(lambda: any(m.topic == "$seen/handshake" and b"disabled" in m.payload for m in cloud.heard))


async def test_the_domains_authorizer_is_asked_without_a_name(cloud: Cloud, function: Function) -> None:
    await make_authorizer()
    await configure(cloud, authenticationType="CUSTOM_AUTH", applicationProtocol="SECURE_MQTT", **GATE)
    assert await code(await stranger(cloud), "custom-1") == 0
    (asked,) = function.asked
    assert asked["protocolData"]["tls"]["serverName"] == HOST
    named = "?x-amz-customauthorizer-name=other"
    assert await code(await stranger(cloud), "custom-2", username=named) == 0
    await update(authorizerConfig={"allowAuthorizerOverride": True})
    await until(lambda: getattr(cloud.gateway._domains.find(HOST), "allows_override", False))
    assert await code(await stranger(cloud), "custom-3", username=named) == 0x87


async def test_an_authorizer_beside_a_certificate_wants_both(cloud: Cloud, function: Function) -> None:
    await make_authorizer()
    await configure(cloud, authenticationType="CUSTOM_AUTH_X509", applicationProtocol="SECURE_MQTT", **GATE)
    assert await code(await stranger(cloud), "both-1") == 0x87
    assert function.asked == []
    raw = await dial(cloud.https_port, (await cloud.certificate()).context, server_name=HOST)
    assert await code(raw, "both-2") == 0
    assert len(function.asked) == 1


async def test_a_domain_speaks_its_protocol_alone(cloud: Cloud) -> None:
    await configure(cloud, authenticationType="AWS_X509", applicationProtocol="HTTPS")
    credentials = await cloud.certificate()
    assert await code(await dial(cloud.https_port, credentials.context, server_name=HOST), "https-only") is None
    for context, status in ((credentials.context, 200), (client_context(cloud.directory / "ca.pem"), 403)):
        reader, writer = await open_stream(cloud.https_port, context, HOST)
        assert (await Browser(reader, writer).ask("POST", "/topics/a?qos=1")).status == status


async def test_a_domain_for_signatures_takes_nothing_else(cloud: Cloud) -> None:
    await configure(cloud, authenticationType="AWS_SIGV4", applicationProtocol="HTTPS")
    reader, writer = await open_stream(cloud.https_port, (await cloud.certificate()).context, HOST)
    assert (await Browser(reader, writer).ask("POST", "/topics/a?qos=1")).status == 403


async def test_a_security_policy_decides_on_the_version_of_tls(cloud: Cloud) -> None:
    await configure(cloud, tlsConfig={"securityPolicy": "IoTSecurityPolicy_TLS13_1_3_2022_10"})
    credentials = await cloud.certificate()
    assert await code(await dial(cloud.port, credentials.context, server_name=HOST), "new-tls") == 0
    credentials.context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert await code(await dial(cloud.port, credentials.context, server_name=HOST), "old-tls") is None


async def test_strict_mode_knows_its_own_names_alone(open_cloud: OpenCloud) -> None:
    cloud = await open_cloud(mode="strict")
    credentials = await cloud.certificate()
    credentials.context.check_hostname = False
    raw = await dial(cloud.port, credentials.context, server_name="elsewhere.example.com")
    raw.send(connect("elsewhere"))
    assert await raw.receive() is None
    await until(lambda: any(m.topic == "$seen/handshake" and b"elsewhere" in m.payload for m in cloud.heard))


def test_a_name_that_nobody_configured_means_the_services_own() -> None:
    found = Domains(SCOPE, Path(), {"localhost"}, strict=False).find("elsewhere")
    assert found is not None
    assert found.refuses(Peer("a", tls="TLSv1.2")) == ""
    assert Domains(SCOPE, Path(), {"localhost"}, strict=True).find("LOCALHOST") is not None


@pytest.mark.parametrize(
    ("domain", "spoken"),
    [
        (Domain(), {MQTT, WEBSOCKET, HTTPS}),
        (Domain(authentication="AWS_SIGV4"), {WEBSOCKET, HTTPS}),
        (Domain(authentication="CUSTOM_AUTH", protocol=WEBSOCKET), {WEBSOCKET}),
        (Domain(authentication="AWS_X509", protocol=MQTT), {MQTT}),
        (Domain(is_for_devices=False), {HTTPS}),
    ],
)
def test_a_domain_speaks_what_its_way_of_knowing_callers_can(domain: Domain, spoken: set[str]) -> None:
    assert {protocol for protocol in (MQTT, WEBSOCKET, HTTPS) if domain.speaks(protocol)} == spoken


async def test_domains_that_could_not_be_read_are_read_again(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(scope: Scope) -> list[DomainRecord]:
        raise OSError("no database")

    with monkeypatch.context() as patched:
        patched.setattr(gateway_domains, "load", fail)
        await cloud.gateway._domains.reload()
        assert cloud.gateway._domains.is_stale
    await until(lambda: not cloud.gateway._domains.is_stale)
