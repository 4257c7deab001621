import base64
import socket
import ssl
import threading

import pytest
from cryptography import x509

from iot.rules.action import ActionError
from iot.rules.key_stores import client_context
from tests.rules.stores import PASSWORD, Stores, make_stores


@pytest.fixture(scope="module")
def stores() -> Stores:
    return make_stores()


def written(store: bytes) -> str:
    return base64.b64encode(store).decode()


def name_told_to_the_server(server: ssl.SSLContext, client: ssl.SSLContext) -> str:
    """Shake hands over a pair of sockets, and answer the client's name as the server knows it."""
    left, right = socket.socketpair()
    told: list[str] = []

    def serve() -> None:
        with server.wrap_socket(left, server_side=True) as one:
            found = one.getpeercert(binary_form=True)
            assert found is not None
            told.append(x509.load_der_x509_certificate(found).subject.rfc4514_string())

    thread = threading.Thread(target=serve)
    thread.start()
    with client.wrap_socket(right, server_hostname="127.0.0.1"):
        thread.join()
    return told[0]


def test_stores_in_pkcs12_and_pem_serve_alike(stores: Stores) -> None:
    password = PASSWORD.decode()
    packed = client_context(
        trust_store=written(stores.trust),
        trust_password=password,
        key_store=written(stores.client),
        key_password=password,
    )
    plain = client_context(trust_store=stores.authority_pem, key_store=stores.client_pem)
    for context in (packed, plain):
        assert name_told_to_the_server(stores.server_context, context) == "CN=client"


def test_without_a_trust_store_the_systems_authorities_count() -> None:
    assert client_context().get_ca_certs() == ssl.create_default_context().get_ca_certs()


def test_what_is_no_store_is_told(stores: Stores) -> None:
    password = PASSWORD.decode()
    for trust_store, reason in (
        ("?", "neither base64 nor PEM"),
        (written(b"\xfe\xed\xfe\xed\0"), "JKS"),
        (written(b"x"), "cannot be opened"),
        (written(stores.trust), "cannot be opened"),
    ):
        with pytest.raises(ActionError, match=reason):
            client_context(trust_store=trust_store, trust_password="wrong")
    with pytest.raises(ActionError, match="no key"):
        client_context(key_store=written(stores.trust), key_password=password)
    with pytest.raises(ActionError, match="cannot be used"):
        client_context(key_store=stores.authority_pem)
